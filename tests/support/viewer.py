"""A viewer that does not give up: after every cut it resumes where it was, as EventSource does."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from httpx_sse import SSEError, aconnect_sse

RETRY_SECONDS = 0.2
SILENCE_SECONDS = 25.0
"""A stream without even a keep-alive for so long is given up, as a proxy would."""


@dataclass(frozen=True)
class Sighting:
    """An event as a viewer got it; `seq` is its SSE id, `at` seconds since the epoch."""

    seq: int
    data: dict[str, Any]
    at: float = 0.0


@dataclass
class Viewer:
    """Follows one stream to its end. `every` cuts the connection after so many events."""

    api: httpx.AsyncClient
    url: str
    every: int | None = None
    seen: list[Sighting] = field(default_factory=list)
    connections: int = 0
    ended: bool = False

    async def watch(self) -> None:
        """Returns after `done`, or when the server says that there is no more to see."""
        while not self.ended:
            with suppress(httpx.TransportError, SSEError):
                await self._connect()
            if not self.ended and self.every is None:
                await asyncio.sleep(RETRY_SECONDS)

    async def _connect(self) -> None:
        headers = {"last-event-id": str(self.seen[-1].seq)} if self.seen else {}
        timeout = httpx.Timeout(SILENCE_SECONDS)
        async with aconnect_sse(
            self.api, "GET", self.url, headers=headers, timeout=timeout
        ) as source:
            status = source.response.status_code
            self.ended = status == 204
            if status >= 500 or self.ended:
                return
            source.response.raise_for_status()
            self.connections += 1
            await self._read(aiter(source.aiter_sse()))

    async def _read(self, events: AsyncIterator[Any]) -> None:
        count = 0
        async for event in events:
            if not event.data:  # what the library makes of a keep-alive after an event with an id
                continue
            self.seen.append(Sighting(int(event.id or 0), event.json(), time.time()))
            self.ended = event.event == "done"
            count += 1
            if self.ended or count == self.every:
                return
