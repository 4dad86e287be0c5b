"""What a service needs on the broker, put there at the start and whenever it may be gone."""

import asyncio
from collections.abc import Awaitable, Callable

import stamina
from nats.errors import Error as NatsError

from millstream_shared.runtime.errors import Transient

Prepare = Callable[[], Awaitable[None]]
"""Declares streams, consumers and so on; doing it again, or twice at once, changes nothing."""

LONGEST_PAUSE_SECONDS = 2.0


class Upkeep:
    """Prepares once, and again after every ring, each time until it worked.

    A broker may come back with an empty store. Whoever notices that it was away rings.
    """

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def begin(self, prepare: Prepare) -> None:
        """Returns once all is prepared; from then on a ring has it done again."""
        await _until_done(prepare)
        self._task = asyncio.create_task(self._repeat(prepare))

    async def ring(self) -> None:
        """Asks for another round; returns at once."""
        self._rung.set()

    async def end(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _repeat(self, prepare: Prepare) -> None:
        while True:
            await self._rung.wait()
            self._rung.clear()  # before the work: a ring meanwhile means another round
            await _until_done(prepare)


async def _until_done(prepare: Prepare) -> None:
    async for attempt in stamina.retry_context(
        on=(NatsError, OSError, TimeoutError, Transient),
        attempts=None,
        timeout=None,
        wait_max=LONGEST_PAUSE_SECONDS,
    ):
        with attempt:
            await prepare()
