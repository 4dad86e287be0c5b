"""Tasks that live as long as the service."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from millstream_shared.runtime.errors import Transient
from millstream_shared.runtime.tasks import end

RESTART_SECONDS: Final = 1.0

log = structlog.get_logger("millstream.store.workers")


class Workers:
    """Starts endless coroutines, and starts again what ended by a mistake."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def started(self) -> bool:
        return bool(self._tasks)

    def start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self._tasks.append(asyncio.create_task(_keep_running(name, work), name=name))

    async def stop(self) -> None:
        """Cancels them all and waits until they are gone."""
        await end(self._tasks)
        self._tasks.clear()


async def every(seconds: float, chore: Callable[[], Awaitable[None]]) -> None:
    """Does a chore again and again, with a pause in between; what is away may be back next time."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await chore()
        except Transient as error:
            log.warning("a chore waits", error=str(error))


async def _keep_running(name: str, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await work()
        except Exception:
            log.exception("a worker failed and is started again", worker=name)
        await asyncio.sleep(RESTART_SECONDS)
