"""A run as it happens: Server-Sent Events that can be resumed anywhere."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Response, Security
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from millstream_gateway.adapters.store_client import StoreClient
from millstream_gateway.adapters.streaming import Streaming
from millstream_gateway.core.bodies import LAST_EVENT_ID_PATTERN
from millstream_gateway.core.frames import Frames, server_sent
from millstream_gateway.routes.documents import errors
from millstream_gateway.routes.guard import BEARER, Asker, Id
from millstream_shared.contracts import store as verbs
from millstream_shared.contracts.views import MessageView

HEADERS: Final = {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
}

After = Annotated[int, Query(ge=0, lt=10**18, description="Events up to this id are known already")]
LastEventId = Annotated[
    str | None,
    Header(pattern=LAST_EVENT_ID_PATTERN, description="As EventSource sends it; wins over `after`"),
]


class EventStream(StreamingResponse):
    """Server-sent events; what feeds them is closed when the client is gone."""

    def __init__(self, frames: Frames) -> None:
        self._chunks = _chunks(frames)
        super().__init__(self._chunks, headers=HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._chunks):
            await super().__call__(scope, receive, send)


def stream_router(guarded: type[APIRoute], store: StoreClient, streaming: Streaming) -> APIRouter:
    router = APIRouter(
        prefix="/api", tags=["messages"], route_class=guarded, dependencies=[Security(BEARER)]
    )

    @router.get(
        "/messages/{message_id}/stream",
        status_code=200,
        response_class=EventStream,
        responses={
            200: {"description": "Events to `done`", "content": {HEADERS["content-type"]: {}}},
            204: {"description": "The client has seen everything; EventSource stops here"},
            **errors("not_found", "invalid"),
        },
    )
    async def stream_message(
        asker: Asker, message_id: Id, after: After = 0, last_event_id: LastEventId = None
    ) -> Response:
        """The message's events. Resume with `Last-Event-ID` or `after`; `done` is the last one."""
        question = verbs.OneMessage(user_id=asker.user_id, message_id=message_id)

        async def look() -> MessageView:
            return await store.ask(verbs.GET_MESSAGE, question)

        message = await look()
        cursor = int(last_event_id) if last_event_id else after
        if await streaming.seen(message, cursor):
            return Response(status_code=204, headers=HEADERS)
        return EventStream(streaming.watch(message, cursor, look))

    return router


async def _chunks(frames: Frames) -> AsyncGenerator[bytes, None]:
    async with aclosing(frames):
        async for several in frames:
            yield server_sent(several)
