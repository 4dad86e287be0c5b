"""Messages as their owner sees them, and the owner's PATCH."""

from typing import Final

from millstream_shared.contracts.enums import MessageStatus
from millstream_shared.contracts.store import (
    ListMessages,
    MessagePage,
    OneMessage,
    OneProject,
    Transitions,
    UpdateMessage,
)
from millstream_shared.contracts.views import MessageRow, MessageView
from millstream_store.core.ids import NewId
from millstream_store.core.lifecycle import PATCHES, Event, Happening
from millstream_store.core.pages import Place, from_cursor, how_many_fit, item_limit, to_cursor
from millstream_store.core.refusals import no_message, no_project, refused
from millstream_store.handlers.changing import move
from millstream_store.handlers.lines import Lines, message_views
from millstream_store.handlers.recording import Ring
from millstream_store.sql.session import Database, Row, Session
from millstream_store.sql.views import message_row, transition_view

PAGE_BYTES: Final = 500_000
"""A page is one NATS message, whose limit is 1 MB; JSON adds quotes and escapes to it."""


class Messages:
    def __init__(self, database: Database, lines: Lines, new_id: NewId, ring: Ring) -> None:
        self._database = database
        self._lines = lines
        self._new_id = new_id
        self._ring = ring

    async def on_get_message(self, request: OneMessage) -> MessageView:
        async with self._database.reading() as session:
            rows = await session.rows(
                "find_messages", message_ids=[request.message_id], user_id=request.user_id
            )
            views = await message_views(session, rows, request.user_id)
        if not views:
            raise no_message()
        return views[0]

    async def on_list_messages(self, request: ListMessages) -> MessagePage:
        async with self._database.reading() as session:
            owned = OneProject(user_id=request.user_id, project_id=request.project_id)
            if await session.row("find_project", **owned.model_dump()) is None:
                raise no_project()
            page, more = await _page(session, request)
            rows = await session.rows(
                "find_messages",
                message_ids=[row["id"] for row in page],
                user_id=request.user_id,
            )
            items = await message_views(session, rows, request.user_id)
        return MessagePage(
            items=items,
            next_cursor=to_cursor(Place(page[-1]["createdAt"], page[-1]["id"])) if more else None,
        )

    async def on_list_transitions(self, request: OneMessage) -> Transitions:
        async with self._database.reading() as session:
            rows = await session.rows("list_transitions", **request.model_dump())
        if not rows:
            await self.on_get_message(request)  # refuses when it is missing or another user's
        return Transitions(items=tuple(transition_view(row) for row in rows))

    async def on_update_message(self, request: UpdateMessage) -> MessageRow:
        happening = Happening(PATCHES[MessageStatus(request.status)], text=request.content)
        async with self._database.transaction() as session:
            user = await session.row("lock_user", user_id=request.user_id)
            message = await session.row(
                "lock_own_message", message_id=request.message_id, user_id=request.user_id
            )
            if user is None or message is None:
                raise refused("forbidden", "the message is missing or another user's")
            written = await move(session, message, happening, "owner.patched", self._new_id)
            if happening.event is Event.PATCHED_COMPLETE:
                await self._lines.advance(session, user)
        self._ring()
        if written is None:
            raise AssertionError("the state machine ignored its owner's PATCH")
        return message_row(written)


async def _page(session: Session, request: ListMessages) -> tuple[list[Row], bool]:
    """The page's rows, and whether more come after them."""
    place, limit = from_cursor(request.cursor), item_limit(request.limit)
    rows = await session.rows(
        "page_of_messages",
        project_id=request.project_id,
        created_at=place and place.created_at,
        id=place and place.id,
        limit=limit + 1,
    )
    count = min(limit, how_many_fit([row["size"] for row in rows], PAGE_BYTES))
    return rows[:count], len(rows) > count
