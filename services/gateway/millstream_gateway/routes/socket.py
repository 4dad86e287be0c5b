"""A run over a WebSocket: the stream's events downwards, a cancel upwards.

Browsers can send no headers with a WebSocket, and a key has no place in a URL: so a client without
an `Authorization` header introduces itself with its first message.
"""

import asyncio
from contextlib import aclosing, suppress
from typing import Final

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import ValidationError

from millstream_gateway.adapters.door import Door
from millstream_gateway.adapters.runs import Runs
from millstream_gateway.adapters.store_client import StoreClient
from millstream_gateway.adapters.streaming import Streaming
from millstream_gateway.core.bodies import (
    CLIENT_MESSAGE,
    CancelRun,
    ClientMessage,
    Introduction,
)
from millstream_gateway.core.frames import Frames
from millstream_gateway.core.problems import Problem
from millstream_gateway.routes.guard import Id
from millstream_gateway.routes.stream import After
from millstream_shared.contracts import store as verbs
from millstream_shared.contracts.views import MessageView, Principal
from millstream_shared.runtime.tasks import beside

TOLD_ALL: Final = 1000
RESTARTING: Final = 1012
"""The service restarts: resume with `after`, here or elsewhere."""


def socket_router(
    door: Door,
    store: StoreClient,
    runs: Runs,
    streaming: Streaming,
    introduction_seconds: float,
) -> APIRouter:
    """`introduction_seconds`: how long a client without a key in its header may take to show it."""
    router = APIRouter(prefix="/api")

    @router.websocket("/messages/{message_id}/ws")
    async def watch_message(socket: WebSocket, message_id: Id, after: After = 0) -> None:
        """The message's events above `after`, each as `{"id", "event", "data"}`, to its `done`."""
        await socket.accept()
        with suppress(WebSocketDisconnect):
            asker = await _introduced(socket, door, introduction_seconds)
            question = verbs.OneMessage(user_id=asker.user_id, message_id=message_id)

            async def look() -> MessageView:
                return await store.ask(verbs.GET_MESSAGE, question)

            message = await look()
            told = await streaming.seen(message, after) or await beside(
                _tell(socket, streaming.watch(message, after, look)),
                _hear(socket, question, runs),
            )
            await socket.close(TOLD_ALL if told else RESTARTING)

    return router


async def _introduced(socket: WebSocket, door: Door, seconds: float) -> Principal:
    """Who is asking, by header or by the first message; raises Problem `unauthorized`."""
    authorization = socket.headers.get("authorization")
    if authorization is None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                first = await _receive(socket)
                if isinstance(first, Introduction):
                    authorization = f"Bearer {first.key}"
    return await door.admit(authorization)


async def _tell(socket: WebSocket, frames: Frames) -> bool:
    """Whether the run's end was told. In a silence the server's pings are the sign of life."""
    told = False
    async with aclosing(frames):
        async for several in frames:
            for frame in several:
                await socket.send_text(frame.json)
                told = frame.last
    return told


async def _hear(socket: WebSocket, question: verbs.OneMessage, runs: Runs) -> None:
    """Does what the client asks for, until it leaves: then raises WebSocketDisconnect."""
    while True:
        if isinstance(await _receive(socket), CancelRun):
            try:
                await runs.cancel(question)
            except verbs.Refused as refused:
                if refused.refusal.code != "already_complete":  # its `done` is on the way
                    raise


async def _receive(socket: WebSocket) -> ClientMessage:
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message["code"])
    try:
        return CLIENT_MESSAGE.validate_json(message.get("text") or message.get("bytes") or b"")
    except ValidationError as error:
        raise Problem("invalid", "A message is none of those that there are.") from error
