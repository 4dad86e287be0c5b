"""The state machine as a picture, drawn from its table."""

from millstream_store.core.lifecycle import COMPLETE, LIFECYCLE, PENDING


def mermaid() -> str:
    """A Mermaid state diagram of every change of status, for ARCHITECTURE.md."""
    arrows = [
        f"    {status} --> {move.to}: {event}"
        for event, moves in LIFECYCLE.items()
        for status, move in moves.items()
        if move and move.to is not status
    ]
    ends = [f"    [*] --> {PENDING}: asked", *arrows, f"    {COMPLETE} --> [*]"]
    return "\n".join(["stateDiagram-v2", *ends])
