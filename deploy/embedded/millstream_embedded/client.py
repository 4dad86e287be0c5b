"""A small HTTP client of the gateway: what the command line needs of it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import stamina
from httpx_sse import EventSource, ServerSentEvent, aconnect_sse

QUIET_SECONDS = 60.0
"""The gateway sends a keep-alive every 15 s; four missed ones mean the connection is dead."""

TRIES = 20
"""To open a stream, up to 3 s apart: a minute is enough for any restart."""


class GatewayError(Exception):
    """The gateway said no, or could not be reached; the message is for the person."""


class Unavailable(GatewayError):
    """The gateway cannot answer for the moment."""


@dataclass(frozen=True)
class Event:
    """One event of a run; `id` is the cursor to resume from."""

    id: str
    name: str
    data: dict[str, Any]


class Gateway:
    """Talks to one gateway as one user."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    @classmethod
    @asynccontextmanager
    async def connect(cls, url: str, key: str) -> AsyncIterator["Gateway"]:
        headers = {"authorization": f"Bearer {key}"}
        limits = httpx.Timeout(30, read=QUIET_SECONDS)
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=limits) as http:
            yield cls(http)

    async def create_project(self, framework: str | None) -> dict[str, Any]:
        body = {"framework": framework.upper()} if framework else {}
        return await self._json("POST", "/api/projects", body)

    async def send(self, project_id: str, prompt: str) -> dict[str, Any]:
        """The accepted message: `{userMessage, message, streamUrl}`."""
        return await self._json("POST", f"/api/projects/{project_id}/messages", {"content": prompt})

    async def message(self, message_id: str) -> dict[str, Any]:
        return await self._json("GET", f"/api/messages/{message_id}")

    async def status_of(self, url: str) -> int:
        """The HTTP status of any page, for instance a preview; sent without the key."""
        try:
            async with httpx.AsyncClient(follow_redirects=True, timeout=30) as anyone:
                return (await anyone.get(url)).status_code
        except httpx.HTTPError as error:
            raise GatewayError(f"{url} cannot be reached: {error}") from error

    async def cancel(self, message_id: str) -> None:
        await self._json("POST", f"/api/messages/{message_id}/cancel")

    async def events(self, stream_url: str) -> AsyncIterator[Event]:
        """The run's events up to `done`; a broken connection is resumed where it broke."""
        cursor = ""
        while True:
            async with self._connection(stream_url, cursor) as source:
                if source.response.status_code == httpx.codes.NO_CONTENT:
                    return  # all was seen
                with suppress(httpx.TransportError):
                    async for sent in source.aiter_sse():
                        if not sent.data:
                            continue  # a comment, which the library takes for an event
                        event = _event(sent)
                        cursor = event.id
                        yield event
                        if event.name == "done":
                            return

    @asynccontextmanager
    async def _connection(self, url: str, cursor: str) -> AsyncIterator[EventSource]:
        """An open stream; tried again while the gateway restarts or cannot answer."""
        headers = {"last-event-id": cursor} if cursor else {}
        async with AsyncExitStack() as stack:
            async for attempt in stamina.retry_context(
                on=(httpx.TransportError, Unavailable), attempts=TRIES, timeout=None, wait_max=3
            ):
                with attempt:
                    source = await stack.enter_async_context(
                        aconnect_sse(self._http, "GET", url, headers=headers)
                    )
                    await _require_stream(source.response)
            yield source

    async def _json(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        try:
            response = await self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise GatewayError(
                f"the gateway at {self._http.base_url} cannot be reached ({error}); "
                "is it running? Start it with: make up"
            ) from error
        if response.is_error:
            raise GatewayError(_problem(response))
        answer: dict[str, Any] = response.json()
        return answer


async def _require_stream(response: httpx.Response) -> None:
    if response.is_success:
        return
    await response.aread()
    unavailable = response.status_code == httpx.codes.SERVICE_UNAVAILABLE
    raise (Unavailable if unavailable else GatewayError)(_problem(response))


def _event(sent: ServerSentEvent) -> Event:
    return Event(sent.id, sent.event, orjson.loads(sent.data))


def _problem(response: httpx.Response) -> str:
    try:
        problem = response.json()
    except ValueError:
        return f"the gateway answered {response.status_code}"
    detail = problem.get("detail") or problem.get("title") or problem.get("error")
    return f"{detail} ({response.status_code} {problem.get('code', '')})".replace(" )", ")")
