"""One call: attempts, one provider after the other, until there is a whole answer.

What a broken attempt has streamed is void when the next one speaks (its replies carry another
`number`); whoever listens takes it back. An answer is restarted, never continued: a model asked to
go on in mid-sentence breaks tool calls and drifts from its system prompt.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import stamina

from millstream_agent.adapters.gateway.attempt import Attempt
from millstream_agent.adapters.gateway.booking import Books
from millstream_agent.adapters.gateway.picking import Picking
from millstream_agent.adapters.gateway.race import Race
from millstream_agent.adapters.gateway.repeating import key_of, repeated
from millstream_agent.core.budgets import Purse
from millstream_agent.core.failures import ModelFailed
from millstream_agent.core.gateway.blame import BLAME
from millstream_agent.core.gateway.ledger import summed_up
from millstream_agent.core.gateway.offers import Offer
from millstream_agent.core.gateway.refusing import refusal
from millstream_agent.core.gateway.windows import shortened
from millstream_agent.core.growing_reply import input_estimate
from millstream_agent.core.ports import ModelCall, ModelReply
from millstream_shared.contracts.enums import ErrorType

if TYPE_CHECKING:  # the gateway makes these
    from millstream_agent.adapters.gateway.gateway import Gateway, RunModel

ROUNDS: Final = 3
"""Times that everybody who can be asked is asked."""
MOST_ATTEMPTS: Final = 8
LONGEST_WAIT: Final = 30.0
"""Seconds between two rounds; when nobody can be asked before that, the call has failed."""
TRIAL_SECONDS: Final = 1.0
"""After which an offer that is only tried out is raced by another."""


@dataclass
class Asking:
    """Makes one call."""

    gateway: "Gateway"
    run: "RunModel"
    call: ModelCall
    purse: Purse

    def __post_init__(self) -> None:
        route = self.gateway.catalogue.routes[self.call.role]
        self.books = Books(self.gateway, self.run.ledger)
        self.picking = Picking(route, self.gateway.board, self.gateway.draw)
        self._number = 0
        self._shortened = False
        self._asked = self.call
        self._tried = set[str]()

    async def answers(self) -> AsyncGenerator[ModelReply]:
        """Replies of one attempt after the other; the last one is whole."""
        key = key_of(self.gateway, self.run, self.call)
        if key and (known := await self.gateway.replies.find(key)):
            async with aclosing(repeated(known, self.run.ledger, self.call)) as replies:
                async for reply in replies:
                    yield reply
            return
        async for tried in stamina.retry_context(
            on=self._wait_for, attempts=ROUNDS, wait_initial=0.5, wait_max=5, timeout=None
        ):
            with tried:
                async with aclosing(self._round()) as replies:
                    async for reply in replies:
                        yield reply
        if key:
            await self.gateway.replies.keep(key, reply)

    async def attempt(self, offer: Offer, *, hedge: bool) -> Attempt:
        """A new attempt, paid for in advance; raises OverBudget."""
        gateway, endpoint = self.gateway, self.gateway.endpoints[offer.provider]
        call = gateway.windows.fit(self.call, offer, endpoint.most_output(offer))
        self._shortened = call is not self._asked
        estimate = input_estimate(call)
        gateway.board.enter(offer)  # before anything is waited for: others count what is in flight
        try:
            tab = await self.purse.open(estimate)
        except BaseException:
            gateway.board.leave(offer)
            raise
        self._number += 1
        return Attempt(
            endpoint,
            offer,
            call,
            self._number,
            tab,
            gateway.deadlines,
            estimate,
            hedge=hedge,
            strict=self.picking.other_than(offer, self._tried) is not None,
        )

    def hedge_after(self, offer: Offer) -> float | None:
        """Seconds after which a silent offer is raced by another; None: never."""
        if not self.gateway.hedging:
            return None
        usual = self.gateway.board.look(offer).health.hedge_after
        if offer.name == self.picking.trying:
            return max(TRIAL_SECONDS, usual or 0.0)
        return usual

    def hedge_offer(self, slow: Offer) -> Offer | None:
        """Who races the slow one: somebody well, if there are tokens to spare for it."""
        if self._number >= MOST_ATTEMPTS:
            return None
        if not self.gateway.hedges.may_spend(input_estimate(self.call)):
            return None
        return self.picking.other_than(slow, self._tried)

    async def speaks(self, offer: Offer) -> None:
        """The offer has begun to answer; one that was only tried out is well again for all."""
        if offer.name == self.picking.trying:
            now = self.gateway.board.clock()
            await self.gateway.board.move(offer, lambda known: known.speaking(now))

    async def _round(self) -> AsyncGenerator[ModelReply]:
        """Asks everybody who can be asked, in turn, until one answers."""
        self._tried = tried = set[str]()
        failure = ModelFailed(ErrorType.UNREACHABLE, "all providers rest after failures")
        while self._number < MOST_ATTEMPTS and (offer := await self.picking.next(tried)):
            race = Race(self)
            try:
                async with aclosing(race.run(offer)) as replies:
                    async for reply in replies:
                        yield reply
            except ModelFailed as failed:
                failure = failed
                tried |= self._judge(race)
            else:
                summed_up(reply, self.books.lines)
                reply.shortened = self._shortened
                return
        raise failure

    def _judge(self, race: Race) -> set[str]:
        """Whom not to ask again in this round; raises RunEnded when nobody may be asked."""
        tried = set()
        for offer, failure in race.failures:
            again = BLAME[failure.error_type].again
            if again == "nobody":
                raise refusal(failure) from failure
            if failure.error_type is ErrorType.CONTEXT_TOO_LONG and self._shorten(offer):
                continue
            if again == "others":
                self.picking.never.add(offer.name)
            tried.add(offer.name)
        if self.picking.nobody_left:
            raise refusal(failure) from failure
        return tried

    def _shorten(self, offer: Offer) -> bool:
        """Whether the question, too long for the offer, could be made shorter."""
        if self.call is self._asked:  # what is shorter already says little of the window
            self.gateway.windows.refused(self.call, offer)
        shorter = shortened(self.call)
        self.call = shorter or self.call
        return shorter is not None

    def _wait_for(self, error: Exception) -> bool | float:
        """Whether to go round again, or after how many seconds somebody can be asked."""
        if not isinstance(error, ModelFailed) or self._number >= MOST_ATTEMPTS:
            return False
        wait = self.picking.wait()
        if not wait:
            return True
        return wait + 0.05 if wait <= LONGEST_WAIT else False
