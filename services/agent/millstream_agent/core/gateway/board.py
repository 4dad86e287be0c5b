"""What is known of every offer: as one process sees it. See adapters/gateway/shared_board.py."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from millstream_agent.core.gateway.balancing import State
from millstream_agent.core.gateway.health import Health, Standing
from millstream_agent.core.gateway.offers import Offer

Move = Callable[[Health], Health]


class Board:
    """Health of all offers and calls in flight, of this process alone."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` counts Unix seconds."""
        self.clock = clock
        self._health: dict[str, Health] = {}
        self._own: Counter[str] = Counter()
        self._room = asyncio.Event()

    def look(self, offer: Offer) -> State:
        return State(self._health.get(offer.name, Health()), self.in_flight(offer.name))

    def in_flight(self, name: str) -> int:
        """Calls on their way to the offer of this name."""
        return self._own[name]

    def enter(self, offer: Offer) -> None:
        """A call begins."""
        self._own[offer.name] += 1

    def leave(self, offer: Offer) -> None:
        """A call has ended."""
        self._own[offer.name] -= 1
        self.make_room()

    def make_room(self) -> None:
        """Wakes who waits for room."""
        self._room.set()
        self._room = asyncio.Event()

    async def room(self, seconds: float) -> None:
        """Returns when a call has ended somewhere, at the latest after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._room.wait()

    async def move(self, offer: Offer, move: Move) -> None:
        """Changes what is known of an offer."""
        self._health[offer.name] = move(self.look(offer).health)

    async def claim(self, offer: Offer) -> bool:
        """Whether the offer may be asked now; of a half-open one only one caller is told so."""
        health, now = self.look(offer).health, self.clock()
        if health.standing(now) is Standing.HALF_OPEN:
            await self.move(offer, lambda known: known.tried(now))
        return health.standing(now) is not Standing.OPEN

    async def close(self) -> None:
        """Nothing is to be told to anybody."""
