"""Providers that answer as a test says."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.support.ports import free_port

Answer = Callable[[Request], Awaitable[Response]]


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[str]:
    """A provider that answers every call with `answer`; its base URL."""
    app = Starlette(routes=[Route("/v1/chat/completions", answer, methods=["POST"])])
    config = uvicorn.Config(app, port=free_port(), log_level="critical", date_header=False)
    server = uvicorn.Server(config)
    task = asyncio.ensure_future(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{config.port}/v1"
    server.should_exit = True
    await task


def chunk(delta: Any = None, **fields: Any) -> dict[str, Any]:
    """One chunk of a stream, with one choice."""
    reason = fields.pop("finish_reason", None)
    return {"choices": [{"delta": delta or {}, "finish_reason": reason}], **fields}


def events(*chunks: Any) -> bytes:
    return b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in chunks)


def saying(*chunks: Any) -> Answer:
    """Answers every call with these chunks."""

    async def answer(_: Request) -> Response:
        return PlainTextResponse(events(*chunks) + b"data: [DONE]\n\n")

    return answer


def slowly(*parts: bytes | float) -> Answer:
    """Sends bytes and waits seconds, as given; the connection stays open in between."""

    async def answer(_: Request) -> Response:
        async def body() -> AsyncIterator[bytes]:
            for part in parts:
                if isinstance(part, bytes):
                    yield part
                else:
                    await asyncio.sleep(part)

        return StreamingResponse(body(), media_type="text/event-stream")

    return answer


WHOLE = (chunk({"content": "Whole."}), chunk(finish_reason="stop"))
