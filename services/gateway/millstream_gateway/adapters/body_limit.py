"""A limit on request bodies that holds while they stream in, whatever their headers say.

Starlette has such a middleware too; it answers plain text and keeps the connection open.
"""

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from millstream_gateway.core.problems import Problem


class BodyLimit:
    """Answers 413 and closes; what is left of the body is not read."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        read = 0

        async def receive_counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._max_bytes:
                raise self._too_large()
            return message

        try:
            if _declared(scope) > self._max_bytes:
                raise self._too_large()
            await self._app(scope, receive_counted, send)
        except Problem as problem:  # only ours comes this far: routes translate theirs
            body = problem.body(scope["state"]["request_id"])
            await Response(body, problem.status, problem.headers)(scope, receive, send)

    def _too_large(self) -> Problem:
        return Problem(
            "body_too_large",
            f"A body may have at most {self._max_bytes} bytes.",
            headers={"connection": "close"},
        )


def _declared(scope: Scope) -> int:
    text = Headers(scope=scope).get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else 0
