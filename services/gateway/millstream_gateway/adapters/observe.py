"""The outermost layer: a name for every request, a count of every answer, a last resort."""

import structlog
import uuid_utils
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from millstream_gateway.adapters.metrics import Metrics
from millstream_gateway.core.problems import Problem

log = structlog.get_logger()


class Observe:
    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = uuid_utils.uuid7().hex
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_named)
            except ClientDisconnect:
                status = status or 499  # nginx's number for it
            except Exception:  # the last resort: the answer must not show what went wrong
                log.exception("request failed")
                if not status:
                    await _internal(request_id)(scope, receive, send_named)
            finally:
                self._count(scope, status)

    def _count(self, scope: Scope, status: int) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        self._metrics.requests.labels(scope["method"], route, status).inc()


def _internal(request_id: str) -> Response:
    problem = Problem("internal", "The error was logged under this request's id.")
    return Response(problem.body(request_id), problem.status, problem.headers)
