"""This process is told to stop: no further step begins, and in the end the step in hand is left."""

import asyncio
from typing import Final

from millstream_agent.core.failures import HandedOver

IN_TIME: Final = 0.7
"""The part of `graceful_timeout` after which a run is handed over in mid-step."""


class Leaving:
    """One per process; `seconds` are those from the signal to the end."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._begun = asyncio.Event()

    @property
    def has_begun(self) -> bool:
        return self._begun.is_set()

    def begin(self) -> None:
        self._begun.set()

    async def too_late(self) -> None:
        """Raises HandedOver when there is no more time."""
        await self._begun.wait()
        await asyncio.sleep(IN_TIME * self._seconds)
        raise HandedOver("this agent has no more time")
