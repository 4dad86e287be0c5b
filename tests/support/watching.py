"""Watching a run as a browser does: server-sent events, resumable by their ids."""

from dataclasses import dataclass
from typing import Any

import httpx
from httpx_sse import aconnect_sse


@dataclass(frozen=True)
class Seen:
    """One event as it came over the wire."""

    id: str
    name: str
    raw: str
    data: dict[str, Any]


async def watch(
    api: httpx.AsyncClient, url: str, *, after: str = "", most: int | None = None
) -> list[Seen]:
    """The events of a stream up to its end, or the first `most` of them."""
    headers = {"last-event-id": after} if after else {}
    seen: list[Seen] = []
    async with aconnect_sse(api, "GET", url, headers=headers) as source:
        source.response.raise_for_status()
        async for event in source.aiter_sse():
            if not event.data:  # a keep-alive: the library takes a comment for an event
                continue
            seen.append(Seen(event.id, event.event, event.data, event.json()))
            if len(seen) == most:
                break
    return seen
