"""From exceptions to problem documents, or to a socket's close code, in one place."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import FastAPI, Request, Response, WebSocket
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from starlette.exceptions import HTTPException
from starlette.websockets import WebSocketState

from millstream_gateway.core.problems import Problem
from millstream_shared.contracts.store import Refused
from millstream_shared.runtime.bus import QueueFull
from millstream_shared.runtime.errors import Transient

_OF_STATUS: Final = {404: "not_found", 405: "method_not_allowed"}


def install(app: FastAPI) -> None:
    translations: dict[type[Exception], Callable[[Any], Problem]] = {
        Problem: lambda problem: problem,
        Refused: of_refusal,
        QueueFull: lambda _: Problem("queue_full", "Try again shortly."),
        Transient: lambda _: Problem("unavailable", "The broker is away."),
        RequestValidationError: of_validation,
        WebSocketRequestValidationError: of_validation,
        HTTPException: of_http,
    }
    for kind, translate in translations.items():
        app.add_exception_handler(kind, _handler(translate))


def of_refusal(refused: Refused) -> Problem:
    """The store's own code. Its words too, except where they may repeat the request."""
    refusal = refused.refusal
    detail = "The store refused the request." if refusal.code == "invalid" else refusal.detail
    return Problem(refusal.code, detail, retry_after=refusal.retry_after)


def of_validation(error: RequestValidationError | WebSocketRequestValidationError) -> Problem:
    """Says where and what, never the value; an id of the wrong form names nothing that exists."""
    faults = error.errors()
    if any(fault["loc"][0] == "path" for fault in faults):
        return Problem("not_found", "There is nothing under this id.")
    return Problem("invalid", "; ".join(_tell(fault) for fault in faults[:5]))


def of_http(error: HTTPException) -> Problem:
    code = _OF_STATUS.get(error.status_code, "invalid")
    detail = "See /docs for what there is." if code == "not_found" else "See /docs."
    return Problem(code, detail, headers=error.headers)


def _tell(fault: dict[str, Any]) -> str:
    place = [str(part) for part in fault["loc"]]
    if fault["type"] == "extra_forbidden":  # its last part is a name that the client made up
        return f"{'.'.join(place[:-1])}: has a field that does not exist here"
    return f"{'.'.join(place)}: {fault['msg']}"


def _handler(
    translate: Callable[[Any], Problem],
) -> Callable[[Any, Exception], Coroutine[Any, Any, Any]]:  # requests and sockets alike
    async def handle(connection: Request | WebSocket, error: Exception) -> Response | None:
        problem = translate(error)
        if isinstance(connection, WebSocket):
            await _close(connection, problem)
            return None
        body = problem.body(connection.state.request_id)
        return Response(body, problem.status, problem.headers)

    return handle


async def _close(socket: WebSocket, problem: Problem) -> None:
    """Browsers see a close code only on a socket that was accepted."""
    if socket.application_state is WebSocketState.CONNECTING:
        await socket.accept()
    await socket.close(problem.close_code, problem.code)
