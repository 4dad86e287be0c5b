"""The model gateway of one process: what all its runs share."""

import random
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

from millstream_agent.adapters.gateway.asking import Asking
from millstream_agent.adapters.gateway.attempt import Deadlines
from millstream_agent.adapters.gateway.endpoint import Endpoint
from millstream_agent.core.budgets import Account, LocalAccount, Purse
from millstream_agent.core.gateway.balancing import State
from millstream_agent.core.gateway.board import Board
from millstream_agent.core.gateway.health import Standing
from millstream_agent.core.gateway.hedging import HedgePurse
from millstream_agent.core.gateway.ledger import Ledger
from millstream_agent.core.gateway.offers import Catalogue
from millstream_agent.core.gateway.replies import Replies
from millstream_agent.core.gateway.windows import Windows
from millstream_agent.core.ports import ModelCall, ModelReply
from millstream_shared.contracts.enums import Role


@dataclass(frozen=True)
class Gateway:
    """Endpoints by provider, what is known of them, and the rules of asking."""

    catalogue: Catalogue
    endpoints: Mapping[str, Endpoint]
    board: Board
    deadlines: Deadlines
    hedges: HedgePurse
    hedging: bool
    replies: Replies
    cached_roles: frozenset[Role]
    tokens_per_iteration: int | None = None
    draw: random.Random = field(default_factory=random.Random)
    windows: Windows = field(default_factory=Windows)

    def standings(self) -> Iterator[tuple[str, State, Standing]]:
        """How every offer is doing now."""
        offers = {
            offer for route in self.catalogue.routes.values() for tier in route for offer in tier
        }
        now = self.board.clock()
        for offer in sorted(offers, key=lambda offer: offer.name):
            state = self.board.look(offer)
            yield offer.name, state, state.health.standing(now)

    async def aclose(self) -> None:
        """Hangs up everywhere."""
        await self.board.close()
        for endpoint in self.endpoints.values():
            await endpoint.close()


@dataclass(frozen=True)
class RunModel:
    """The gateway as one run sees it: `ports.Model`, with its own accounts, ledger and tenant."""

    gateway: Gateway
    ledger: Ledger
    accounts: tuple[Account, ...] = ()
    tenant: str = ""
    cache: bool = True

    @asynccontextmanager
    async def open(self, call: ModelCall) -> AsyncGenerator[AsyncIterator[ModelReply]]:
        """See `ports.Model`."""
        asking = Asking(self.gateway, self, call, self._purse())
        async with aclosing(asking.answers()) as answers:
            yield answers

    def _purse(self) -> Purse:
        limit = self.gateway.tokens_per_iteration
        own = (LocalAccount("iteration", limit),) if limit else ()
        return Purse((*own, *self.accounts))
