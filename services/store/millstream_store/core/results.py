"""A run's result with its contents, as it is stored."""

from dataclasses import dataclass, field
from typing import Final

from millstream_shared.contracts.enums import Framework, MessageType
from millstream_shared.contracts.facts import RunFinished

RESULT_LOST: Final = "result_lost"


@dataclass(frozen=True)
class Result:
    """`binaries` and `preview` are path -> name of a blob (SHA-256, hex), `blobs` name -> content.

    `texts` has every path of the source; the text of a binary file is empty.
    """

    fragment_id: str
    title: str
    framework: Framework
    texts: dict[str, str]
    binaries: dict[str, str] = field(default_factory=dict)
    preview: dict[str, str] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)


def lost(fact: RunFinished) -> RunFinished:
    """The same end of a run, whose result's contents are gone: an ERROR, so that it is refunded."""
    return fact.model_copy(
        update={
            "outcome": MessageType.ERROR,
            "reason": fact.reason or RESULT_LOST,
            "fragment": None,
        }
    )


def unstorable(fact: RunFinished) -> RunFinished:
    """An end of the same run without anything that the database may not take."""
    return RunFinished(
        event_id=fact.event_id,
        message_id=fact.message_id,
        attempt=fact.attempt,
        outcome=MessageType.ERROR,
        content="The result of this run could not be stored. Nothing was charged; try again.",
        reason=RESULT_LOST,
        usage=fact.usage,
    )
