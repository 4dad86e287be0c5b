"""Leaving a trace of every change of status: a transition, and a public event in the outbox."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import MessageStatus
from millstream_shared.contracts.messages import MessageStatusChanged
from millstream_store.core.lifecycle import State
from millstream_store.sql.session import Session

Ring = Callable[[], None]
"""Wakes the outbox's relay in this process; to be rung after the commit."""


@dataclass(frozen=True)
class Change:
    """A message's step to `state`; `previous` is None at its birth."""

    id: str
    project_id: str
    message_id: str
    previous: MessageStatus | None
    state: State
    cause: str
    at: datetime


async def record(session: Session, change: Change) -> None:
    """Notes the change, in the transaction that makes it."""
    await session.run(
        "create_transition",
        transition_id=change.id,
        message_id=change.message_id,
        previous=change.previous,
        status=change.state.status,
        message_type=change.state.type,
        attempt=change.state.attempt,
        cause=change.cause,
        at=change.at,
    )


async def announce(session: Session, change: Change) -> None:
    """Notes the change and puts its public event in the outbox, in the same transaction."""
    await record(session, change)
    await session.run(
        "put_in_outbox",
        event_id=change.id,
        subject=subjects.message_status_changed(
            change.project_id, change.message_id, change.state.status
        ),
        payload=_event(change).encode(),
        created_at=change.at,
    )


def _event(change: Change) -> MessageStatusChanged:
    return MessageStatusChanged(
        event_id=change.id,
        project_id=change.project_id,
        message_id=change.message_id,
        previous=change.previous,
        status=change.state.status,
        message_type=change.state.type,
        attempt=change.state.attempt,
        cause=change.cause,
        at=change.at,
    )
