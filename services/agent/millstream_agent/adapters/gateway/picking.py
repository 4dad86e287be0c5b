"""Whom one call asks next."""

import random
from dataclasses import dataclass, field
from typing import Final

from millstream_agent.core.gateway.balancing import choose, soonest
from millstream_agent.core.gateway.board import Board
from millstream_agent.core.gateway.health import Standing
from millstream_agent.core.gateway.offers import Offer, Route

ROOM_SECONDS: Final = 60.0
"""Longest wait for a call in flight to end, where their number is limited."""
LOOK_AGAIN_SECONDS: Final = 1.0


@dataclass
class Picking:
    """For one call. `never` are those who cannot answer it."""

    route: Route
    board: Board
    draw: random.Random
    never: set[str] = field(default_factory=set, init=False)
    trying: str | None = field(default=None, init=False)
    """The offer that is being tried out after a rest."""

    async def next(self, tried: set[str]) -> Offer | None:
        """The next offer to ask, which nobody else tries out at the same time; None: nobody.

        Waits where all that could answer have as many calls as they take.
        """
        until = self.board.clock() + ROOM_SECONDS
        while True:
            offer = self._choose(tried)
            if offer is None:
                if not self._full(tried) or self.board.clock() >= until:
                    return None
                await self.board.room(LOOK_AGAIN_SECONDS)
            elif await self._claimed(offer):
                return offer
            else:
                tried.add(offer.name)

    def other_than(self, slow: Offer, tried: set[str]) -> Offer | None:
        """Somebody well who may race a slow one, and has not failed just now."""
        return self._choose({slow.name, *tried}, trials=False)

    @property
    def nobody_left(self) -> bool:
        return all(offer.name in self.never for tier in self.route for offer in tier)

    def wait(self) -> float:
        """Seconds until somebody can be asked."""
        if self._choose(set()):
            return 0.0
        return soonest(self.route, self.board.look, self.board.clock()) or 0.0

    async def _claimed(self, offer: Offer) -> bool:
        standing = self.board.look(offer).health.standing(self.board.clock())
        self.trying = offer.name if standing is Standing.HALF_OPEN else None
        return await self.board.claim(offer)

    def _choose(self, without: set[str], *, trials: bool = True) -> Offer | None:
        look, now = self.board.look, self.board.clock()
        return choose(self.route, look, without | self.never, now, self.draw, trials=trials)

    def _full(self, tried: set[str]) -> bool:
        """Whether somebody could answer, had they fewer calls in flight."""
        now = self.board.clock()
        return any(
            self.board.look(offer).health.standing(now) is Standing.CLOSED
            for tier in self.route
            for offer in tier
            if offer.name not in tried | self.never
        )
