"""The whole state machine, walked: every status, every event, written out."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millstream_shared.contracts.enums import MessageStatus, MessageType
from millstream_store.core.diagram import mermaid
from millstream_store.core.lifecycle import LIFECYCLE, PATCHES, Event, Happening, State, after

PENDING, STREAMING, COMPLETE = MessageStatus
ORDER = list(MessageStatus)

# A message of attempt 1 with the content "old" hears of an event of attempt 1 that brings "new"
# at offset 1. What is its status, and what its content?
WALK = {
    (PENDING, Event.STARTED): (STREAMING, "old"),
    (PENDING, Event.GREW): (PENDING, "old"),
    (PENDING, Event.FINISHED): (COMPLETE, "new"),
    (PENDING, Event.CANCELLED): (COMPLETE, "new"),
    (PENDING, Event.PATCHED_PENDING): (PENDING, "new"),
    (PENDING, Event.PATCHED_STREAMING): (STREAMING, "new"),
    (PENDING, Event.PATCHED_COMPLETE): (COMPLETE, "new"),
    (STREAMING, Event.STARTED): (STREAMING, "old"),
    (STREAMING, Event.GREW): (STREAMING, "onew"),
    (STREAMING, Event.FINISHED): (COMPLETE, "new"),
    (STREAMING, Event.CANCELLED): (COMPLETE, "new"),
    (STREAMING, Event.PATCHED_PENDING): (STREAMING, "new"),
    (STREAMING, Event.PATCHED_STREAMING): (STREAMING, "new"),
    (STREAMING, Event.PATCHED_COMPLETE): (COMPLETE, "new"),
    (COMPLETE, Event.STARTED): (COMPLETE, "old"),
    (COMPLETE, Event.GREW): (COMPLETE, "old"),
    (COMPLETE, Event.FINISHED): (COMPLETE, "old"),
    (COMPLETE, Event.CANCELLED): (COMPLETE, "old"),
    (COMPLETE, Event.PATCHED_PENDING): (COMPLETE, "new"),
    (COMPLETE, Event.PATCHED_STREAMING): (COMPLETE, "new"),
    (COMPLETE, Event.PATCHED_COMPLETE): (COMPLETE, "new"),
}

states = st.builds(
    State,
    status=st.sampled_from(MessageStatus),
    type=st.sampled_from(MessageType),
    attempt=st.integers(0, 3),
    content=st.text(max_size=5),
)
happenings = st.builds(
    Happening,
    event=st.sampled_from(Event),
    attempt=st.none() | st.integers(0, 3),
    text=st.text(max_size=5),
    offset=st.integers(0, 6),
    outcome=st.sampled_from([MessageType.RESULT, MessageType.ERROR]),
)


@pytest.mark.parametrize(("status", "event"), list(product(MessageStatus, Event)))
def test_the_walk(status: MessageStatus, event: Event) -> None:
    """Each pair leads where the table above says."""
    state = State(status, MessageType.STREAMING, 1, "old")
    reached = after(state, Happening(event, attempt=1, text="new", offset=1))
    assert (reached.status, reached.content) == WALK[status, event]


def test_the_table_is_complete() -> None:
    """Every event has a line, every line every status, every PATCH an event."""
    assert set(LIFECYCLE) == set(Event)
    assert all(set(moves) == set(MessageStatus) for moves in LIFECYCLE.values())
    assert set(PATCHES) == set(MessageStatus)


@pytest.mark.parametrize(("status", "event"), list(product([PENDING, STREAMING], Event)))
def test_an_older_attempt_is_ignored(status: MessageStatus, event: Event) -> None:
    """What a dead attempt still says changes nothing."""
    state = State(status, MessageType.STREAMING, 2, "old")
    assert after(state, Happening(event, attempt=1, text="new")) is state


@pytest.mark.parametrize(
    ("event", "content"), [(Event.STARTED, ""), (Event.GREW, "new"), (Event.FINISHED, "new")]
)
def test_a_newer_attempt_starts_afresh(event: Event, content: str) -> None:
    """The content of the old attempt is gone, whichever fact comes first; the status stays."""
    state = State(STREAMING, MessageType.STREAMING, 1, "old")
    reached = after(state, Happening(event, attempt=2, text="new", offset=3))
    assert (reached.attempt, reached.content) == (2, content)


@pytest.mark.parametrize(
    ("event", "outcome", "reached"),
    [
        (Event.FINISHED, MessageType.RESULT, MessageType.RESULT),
        (Event.FINISHED, MessageType.ERROR, MessageType.ERROR),
        (Event.PATCHED_COMPLETE, MessageType.RESULT, MessageType.RESULT),
        (Event.PATCHED_STREAMING, MessageType.RESULT, MessageType.STREAMING),
    ],
)
def test_the_type_is_decided_at_the_end(
    event: Event, outcome: MessageType, reached: MessageType
) -> None:
    """STREAMING until the message is COMPLETE."""
    state = State(STREAMING, MessageType.STREAMING, 1, "")
    assert after(state, Happening(event, attempt=1, outcome=outcome)).type is reached


@given(states, st.lists(happenings, max_size=8))
def test_never_backwards(state: State, story: list[Happening]) -> None:
    """Whatever happens in whatever order, neither status nor attempt goes back."""
    for happening in story:
        reached = after(state, happening)
        assert ORDER.index(reached.status) >= ORDER.index(state.status)
        assert reached.attempt >= state.attempt
        state = reached


@given(states, happenings)
def test_complete_keeps_its_type_and_attempt(state: State, happening: Happening) -> None:
    """After COMPLETE only a PATCH has an effect, and only on the content."""
    if state.status is not COMPLETE or happening.attempt is not None:
        return
    reached = after(state, happening)
    assert (reached.status, reached.type, reached.attempt) == (COMPLETE, state.type, state.attempt)
    assert reached.content == (
        happening.text if happening.event in PATCHES.values() else state.content
    )


def test_the_diagram_has_every_change_of_status() -> None:
    """Drawn from the table, with its beginning and its end."""
    assert mermaid() == "\n".join(
        [
            "stateDiagram-v2",
            "    [*] --> PENDING: asked",
            "    PENDING --> STREAMING: run.started",
            "    PENDING --> COMPLETE: run.finished",
            "    STREAMING --> COMPLETE: run.finished",
            "    PENDING --> COMPLETE: owner.cancelled",
            "    STREAMING --> COMPLETE: owner.cancelled",
            "    PENDING --> STREAMING: owner.patched.streaming",
            "    PENDING --> COMPLETE: owner.patched.complete",
            "    STREAMING --> COMPLETE: owner.patched.complete",
            "    COMPLETE --> [*]",
        ]
    )
