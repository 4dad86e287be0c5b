"""Health of a service without an HTTP face of its own: /healthz, /readyz and /metrics."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from faststream.asgi import AsgiResponse, get
from faststream.asgi.types import ASGIApp
from faststream.nats import NatsBroker
from nats.errors import Error as NatsError
from prometheus_client import make_asgi_app

ANSWER_SECONDS: Final = 2.0

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


async def broker_missing(broker: NatsBroker) -> str | None:
    """Whether JetStream answers now. A connection still looks fine long after its server hung."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            client = await broker.connect()
            await client.jetstream().account_info()
    except (NatsError, OSError, TimeoutError):
        return "the broker does not answer"
    return None
