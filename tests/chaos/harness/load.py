"""Load: prompts that are sent until they are accepted, and viewers that watch to the end."""

import asyncio
import itertools
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

import httpx

from tests.support.viewer import Viewer

PROMPTS = (
    "Build a kanban board with drag and drop",
    "A pomodoro timer",
    "Build a habit tracker",
    "Track my expenses by category",
)
RETRY_SECONDS = 0.3


@dataclass
class Run:
    """An accepted prompt and who watches its answer. `accepted` is in seconds since the epoch."""

    message_id: str
    project_id: str
    viewer: Viewer
    accepted: float
    watching: "asyncio.Task[None]"


async def ask(
    api: httpx.AsyncClient,
    prompt: str,
    *,
    project_id: str | None = None,
    every: int | None = None,
    url: str | None = None,
) -> Run:
    """Sends a prompt, under one idempotency key, until it is accepted; its viewer sits down."""
    project_id = project_id or await surely(api, "/api/projects", {}, {})
    headers = {"idempotency-key": uuid4().hex}
    path = f"/api/projects/{project_id}/messages"
    message_id = await surely(api, path, {"content": prompt}, headers)
    viewer = Viewer(api, (url or "") + f"/api/messages/{message_id}/stream", every)
    return Run(message_id, project_id, viewer, time.time(), asyncio.create_task(viewer.watch()))


async def surely(
    api: httpx.AsyncClient, path: str, body: dict[str, str], headers: dict[str, str]
) -> str:
    """The id of what was created; asks again while the system is away or has no room."""
    while True:
        with suppress(httpx.TransportError):
            answer = await api.post(path, json=body, headers=headers)
            if answer.status_code < 300:
                created = answer.json()
                return str(created.get("message", created)["id"])
            if answer.status_code < 500 and answer.status_code != 429:
                raise AssertionError(f"{path} was refused: {answer.status_code} {answer.text}")
        await asyncio.sleep(RETRY_SECONDS)


class Load:
    """Each user has one run after another, for as long as the load lasts."""

    def __init__(self, users: tuple[httpx.AsyncClient, ...]) -> None:
        self.runs: list[Run] = []
        self._prompts: Iterator[str] = itertools.cycle(PROMPTS)
        self._over = False
        self._users = [asyncio.create_task(self._use(user)) for user in users]

    async def end(self) -> list[Run]:
        """Nothing new is begun; returns when all that was begun has come to its end."""
        self._over = True
        await asyncio.gather(*self._users)
        return self.runs

    def cancel(self) -> None:
        for task in (*self._users, *(run.watching for run in self.runs)):
            task.cancel()

    async def _use(self, user: httpx.AsyncClient) -> None:
        while not self._over:
            run = await ask(user, next(self._prompts))
            self.runs.append(run)
            await run.watching
