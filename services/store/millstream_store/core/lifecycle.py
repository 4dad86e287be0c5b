"""The message's state machine.

Its law: a message moves PENDING -> STREAMING -> COMPLETE, never backwards. A new attempt restarts
the content, not the status. COMPLETE is final: after it only its owner's PATCH changes the content.
What an older attempt still has to say is ignored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from millstream_shared.contracts.enums import MessageStatus, MessageType

PENDING, STREAMING, COMPLETE = MessageStatus


class Event(StrEnum):
    """What can happen to a message; the value is the cause that is recorded."""

    STARTED = "run.started"
    GREW = "content.grew"
    FINISHED = "run.finished"
    CANCELLED = "owner.cancelled"
    PATCHED_PENDING = "owner.patched.pending"
    PATCHED_STREAMING = "owner.patched.streaming"
    PATCHED_COMPLETE = "owner.patched.complete"


class Content(StrEnum):
    """What becomes of the content."""

    RESTART = "restart"
    """Emptied when the attempt is a new one."""
    GROW = "grow"
    REPLACE = "replace"


@dataclass(frozen=True)
class Move:
    to: MessageStatus
    content: Content


IGNORED: Final = None

LIFECYCLE: Final[Mapping[Event, Mapping[MessageStatus, Move | None]]] = MappingProxyType(
    {
        Event.STARTED: {
            PENDING: Move(STREAMING, Content.RESTART),
            STREAMING: Move(STREAMING, Content.RESTART),
            COMPLETE: IGNORED,
        },
        Event.GREW: {
            PENDING: IGNORED,
            STREAMING: Move(STREAMING, Content.GROW),
            COMPLETE: IGNORED,
        },
        Event.FINISHED: {
            PENDING: Move(COMPLETE, Content.REPLACE),
            STREAMING: Move(COMPLETE, Content.REPLACE),
            COMPLETE: IGNORED,
        },
        Event.CANCELLED: {
            PENDING: Move(COMPLETE, Content.REPLACE),
            STREAMING: Move(COMPLETE, Content.REPLACE),
            COMPLETE: IGNORED,
        },
        Event.PATCHED_PENDING: {
            PENDING: Move(PENDING, Content.REPLACE),
            STREAMING: Move(STREAMING, Content.REPLACE),
            COMPLETE: Move(COMPLETE, Content.REPLACE),
        },
        Event.PATCHED_STREAMING: {
            PENDING: Move(STREAMING, Content.REPLACE),
            STREAMING: Move(STREAMING, Content.REPLACE),
            COMPLETE: Move(COMPLETE, Content.REPLACE),
        },
        Event.PATCHED_COMPLETE: {
            PENDING: Move(COMPLETE, Content.REPLACE),
            STREAMING: Move(COMPLETE, Content.REPLACE),
            COMPLETE: Move(COMPLETE, Content.REPLACE),
        },
    }
)

PATCHES: Final = MappingProxyType(
    {
        PENDING: Event.PATCHED_PENDING,
        STREAMING: Event.PATCHED_STREAMING,
        COMPLETE: Event.PATCHED_COMPLETE,
    }
)
"""Which event an owner's PATCH is, by the status it asks for."""


@dataclass(frozen=True)
class State:
    """All of a message that the machine decides on; `attempt` is 0 before the first run."""

    status: MessageStatus
    type: MessageType
    attempt: int
    content: str


@dataclass(frozen=True)
class Happening:
    """An event with what it brings; `attempt` is None when it comes from no run."""

    event: Event
    attempt: int | None = None
    text: str = ""
    offset: int = 0
    outcome: MessageType = MessageType.RESULT
    """The type of a message that this event completes."""


def after(state: State, happening: Happening) -> State:
    """The state that `happening` leads to; the very same when it is ignored."""
    attempt = state.attempt if happening.attempt is None else happening.attempt
    move = LIFECYCLE[happening.event][state.status]
    if move is IGNORED or attempt < state.attempt:
        return state
    completes = move.to is COMPLETE and state.status is not COMPLETE
    return replace(
        state,
        status=move.to,
        type=happening.outcome if completes else state.type,
        attempt=attempt,
        content=_content(move.content, state, happening, attempt),
    )


def _content(rule: Content, state: State, happening: Happening, attempt: int) -> str:
    kept = "" if attempt > state.attempt else state.content
    match rule:
        case Content.RESTART:
            return kept
        case Content.GROW:
            return kept[: happening.offset] + happening.text
        case Content.REPLACE:
            return happening.text
