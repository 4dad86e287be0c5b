"""Moving a locked message: ask the state machine, write what it says, announce a new status, and
end the credit with the message.
"""

from datetime import datetime

from millstream_shared.contracts.enums import MessageStatus, MessageType
from millstream_store.core.ids import NewId
from millstream_store.core.lifecycle import COMPLETE, Happening, State, after
from millstream_store.handlers.finishing import end_credit
from millstream_store.handlers.recording import Change, announce
from millstream_store.sql.session import Row, Session


async def move(
    session: Session, message: Row, happening: Happening, cause: str, new_id: NewId
) -> Row | None:
    """The message's row as written; None when the state machine ignores the happening.

    `message` is a row of `lock_message` or `lock_own_message`.
    """
    before = _state(message)
    state = after(before, happening)
    if state is before:
        return None
    written = await _write(session, message["id"], state, message["now"])
    if state.status is not before.status:
        change = Change(
            id=new_id(),
            project_id=message["projectId"],
            message_id=message["id"],
            previous=before.status,
            state=state,
            cause=cause,
            at=message["now"],
        )
        await announce(session, change)
        if state.status is COMPLETE:
            await end_credit(session, message["id"], state.type)
    return written


def _state(message: Row) -> State:
    return State(
        status=MessageStatus(message["status"]),
        type=MessageType(message["type"]),
        attempt=message["attempt"],
        content=message["content"],
    )


async def _write(session: Session, message_id: str, state: State, now: datetime) -> Row | None:
    return await session.row(
        "write_message",
        message_id=message_id,
        status=state.status,
        type=state.type,
        attempt=state.attempt,
        content=state.content,
        now=now,
    )
