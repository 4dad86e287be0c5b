"""Cancelling: what still waits ends at once; what is with the agents is for them to end."""

from typing import Final

from millstream_shared.contracts.enums import MessageStatus, MessageType
from millstream_shared.contracts.store import MessageCancelled, OneMessage
from millstream_store.core.ids import NewId
from millstream_store.core.lifecycle import Event, Happening
from millstream_store.core.refusals import no_message, refused
from millstream_store.handlers.changing import move
from millstream_store.handlers.lines import Lines
from millstream_store.handlers.recording import Ring
from millstream_store.sql.session import Database, Row, Session

REASON: Final = "cancelled"
CONTENT: Final = "The message was cancelled before its turn came. It cost nothing."


class Cancels:
    def __init__(self, database: Database, lines: Lines, new_id: NewId, ring: Ring) -> None:
        self._database = database
        self._lines = lines
        self._new_id = new_id
        self._ring = ring

    async def on_cancel_message(self, request: OneMessage) -> MessageCancelled:
        """Refuses what is missing, another user's, or complete already.

        A cancel of a message that is with the agents is noted too: the broker's word of it may be
        lost, and is forgotten after a while.
        """
        async with self._database.transaction() as session:
            user = await session.row("lock_user", user_id=request.user_id)
            message = await session.row("lock_own_message", **request.model_dump())
            if user is None or message is None:
                raise no_message()
            if message["status"] == MessageStatus.COMPLETE:
                raise refused("already_complete", "there is nothing left to cancel")
            await session.run("cancel_message", message_id=request.message_id)
            waits = message["dispatchedAt"] is None
            if waits:
                await self._end(session, message)
                await self._lines.advance(session, user)
        self._ring()
        return MessageCancelled(ended=waits)

    async def _end(self, session: Session, message: Row) -> None:
        happening = Happening(Event.CANCELLED, text=CONTENT, outcome=MessageType.ERROR)
        await move(session, message, happening, happening.event, self._new_id)
        await session.run("give_reason", message_id=message["id"], reason=REASON)
