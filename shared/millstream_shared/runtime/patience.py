"""Pulling from a consumer that may be gone, without asking thousands of times a second."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

PAUSE_SECONDS: Final = 0.5


class PatientPulls:
    """A pull subscription that has a missing consumer put back, and waits meanwhile.

    The server refuses at once, for as long as there is no consumer, and FastStream's loop would
    ask again as fast as it can.
    """

    def __init__(
        self,
        pulls: JetStreamContext.PullSubscription,
        on_missing: Callable[[], Awaitable[None]],
    ) -> None:
        self._pulls = pulls
        self._on_missing = on_missing

    async def fetch(self, batch: int = 1, timeout: float | None = None) -> list[Msg]:  # noqa: ASYNC109 - the signature it stands in for
        """Up to `batch` messages; raises TimeoutError when none came."""
        try:
            return await self._pulls.fetch(batch, timeout)
        except TimeoutError:
            raise
        except (NatsError, OSError):
            await self._on_missing()
            await asyncio.sleep(PAUSE_SECONDS)
            return []

    async def unsubscribe(self) -> None:
        await self._pulls.unsubscribe()
