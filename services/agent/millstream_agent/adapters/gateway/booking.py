"""Ending an attempt: hanging up, and booking it wherever somebody counts on it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from millstream_agent.adapters.gateway.attempt import Attempt
from millstream_agent.core.failures import ModelFailed
from millstream_agent.core.gateway.ledger import Ledger
from millstream_agent.core.gateway.offers import Offer
from millstream_shared.contracts.enums import AttemptOutcome, ErrorType
from millstream_shared.contracts.facts import ModelAttempted
from millstream_shared.runtime.tasks import uninterrupted

if TYPE_CHECKING:  # the gateway makes these
    from millstream_agent.adapters.gateway.gateway import Gateway

logger = structlog.get_logger()

SHORT = 0.05
"""Seconds of an answer below which its speed means nothing."""


@dataclass
class Books:
    """Of one call. `lines` are its attempts so far."""

    gateway: "Gateway"
    ledger: Ledger
    lines: list[ModelAttempted] = field(default_factory=list, init=False)

    async def complete(self, attempt: Attempt) -> None:
        await self._close(attempt, AttemptOutcome.COMPLETE, None, None)

    async def failed(self, attempt: Attempt, failure: ModelFailed) -> None:
        wish = failure.retry_after
        await self._close(attempt, AttemptOutcome.FAILED, failure.error_type, wish)

    async def over_budget(self, attempt: Attempt) -> None:
        await self._close(attempt, AttemptOutcome.FAILED, ErrorType.BUDGET, None)

    async def cancelled(self, attempt: Attempt, error_type: ErrorType) -> None:
        await self._close(attempt, AttemptOutcome.CANCELLED, error_type, None)

    async def _close(
        self,
        attempt: Attempt,
        outcome: AttemptOutcome,
        error_type: ErrorType | None,
        retry_after: float | None,
    ) -> None:
        tokens = attempt.tokens()
        line = self.ledger.note(
            attempt.call,
            attempt.offer,
            attempt.number,
            outcome,
            tokens,
            asked_at=attempt.asked_at,
            seconds=attempt.seconds,
            first_content=attempt.first_content,
            error_type=error_type,
            hedge=attempt.hedge,
            finish_reason=attempt.reply.finish_reason,
        )
        self.lines.append(line)
        hedges = self.gateway.hedges
        (hedges.spend if attempt.hedge else hedges.earn)(tokens.input + tokens.output)
        self.gateway.board.leave(attempt.offer)
        await uninterrupted(self._settle(attempt, line, retry_after))

    async def _settle(
        self, attempt: Attempt, line: ModelAttempted, retry_after: float | None
    ) -> None:
        """Each of it, whatever becomes of the others: the answer itself is not touched by them."""
        steps = (
            attempt.close(),
            self._tell(attempt.offer, line, retry_after),
            attempt.tab.settle(line.input_tokens, line.output_tokens),
        )
        for step in steps:
            try:
                await step
            except Exception:
                logger.exception("an attempt was not booked in full", offer=attempt.offer.name)

    async def _tell(self, offer: Offer, line: ModelAttempted, retry_after: float | None) -> None:
        """All agents learn how the offer is doing, but nothing from what we ended ourselves."""
        board, now = self.gateway.board, self.gateway.board.clock()
        if line.outcome is AttemptOutcome.CANCELLED:
            if board.look(offer).health.trial_until:
                await board.move(offer, lambda known: known.untried())
        elif line.outcome is AttemptOutcome.COMPLETE and line.first_content is not None:
            first, speed = line.first_content, per_second(line)
            await board.move(offer, lambda known: known.answered(first, speed, now))
        elif line.outcome is AttemptOutcome.FAILED and line.error_type:
            error_type = line.error_type
            await board.move(offer, lambda known: known.failed(error_type, retry_after, now))


def per_second(line: ModelAttempted) -> float | None:
    """Output tokens a second once the answer had begun; None for what is too short to tell."""
    answering = line.seconds - (line.first_content or 0.0)
    return line.output_tokens / answering if answering > SHORT else None
