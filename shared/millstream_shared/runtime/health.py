"""Health of a service without an HTTP face of its own: /healthz, /readyz and /metrics."""

from collections.abc import Awaitable, Callable

from faststream.asgi import AsgiResponse, get
from faststream.asgi.types import ASGIApp
from prometheus_client import make_asgi_app

Probe = Callable[[], Awaitable[str | None]]
"""Answers None when all is well, else what is missing."""


def health_routes(ready: Probe) -> list[tuple[str, ASGIApp]]:
    """Routes for AsgiFastStream: alive as soon as it listens, ready as `ready` says."""

    @get(include_in_schema=False)
    async def healthz() -> AsgiResponse:
        return AsgiResponse(b"ok", 200)

    @get(include_in_schema=False)
    async def readyz() -> AsgiResponse:
        missing = await ready()
        return AsgiResponse((missing or "ready").encode(), 503 if missing else 200)

    return [("/healthz", healthz), ("/readyz", readyz), ("/metrics", make_asgi_app())]
