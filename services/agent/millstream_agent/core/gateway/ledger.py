"""Every question to a provider that one attempt at a run has asked, and what it came to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from millstream_agent.core.gateway.lost import Lost
from millstream_agent.core.gateway.offers import Offer
from millstream_agent.core.ports import ModelCall, ModelReply, Voice
from millstream_shared.contracts.enums import AttemptOutcome, ErrorType
from millstream_shared.contracts.facts import ModelAttempted, ModelUsage


@dataclass(frozen=True)
class Tokens:
    """What an attempt used. `estimated` when the provider did not say."""

    input: int = 0
    cached_input: int = 0
    output: int = 0
    estimated: bool = True


@dataclass
class Ledger:
    """`lines` of earlier attempts at the run come first. New ones wait until the run's writer takes
    them; `hear` is told of each at once.
    """

    message_id: str
    attempt: int
    lines: list[ModelAttempted] = field(default_factory=list)
    hear: Callable[[ModelAttempted], None] = lambda _: None
    _count: int = field(default=0, init=False)
    _unwritten: list[ModelAttempted] = field(default_factory=list, init=False)

    def note(  # noqa: PLR0913 - a line has as many columns
        self,
        call: ModelCall,
        offer: Offer,
        number: int,
        outcome: AttemptOutcome,
        tokens: Tokens,
        *,
        asked_at: datetime,
        seconds: float,
        first_content: float | None = None,
        error_type: ErrorType | None = None,
        hedge: bool = False,
        finish_reason: str | None = None,
    ) -> ModelAttempted:
        """Adds a line; one from the response cache costs nothing."""
        self._count += 1
        price = (
            0.0
            if outcome is AttemptOutcome.CACHED
            else offer.price.of(tokens.input, tokens.cached_input, tokens.output)
        )
        line = ModelAttempted(
            event_id=f"{self.message_id}:{self.attempt}:model:{self._count}",
            message_id=self.message_id,
            attempt=self.attempt,
            call=call.name or call.role,
            number=number,
            role=call.role,
            provider=offer.provider,
            model=offer.model,
            outcome=outcome,
            error_type=error_type,
            hedge=hedge,
            asked_at=asked_at,
            first_content=None if first_content is None else round(first_content, 4),
            seconds=round(seconds, 4),
            input_tokens=tokens.input,
            cached_input_tokens=tokens.cached_input,
            output_tokens=tokens.output,
            estimated=tokens.estimated,
            cost=round(price, 9),
            finish_reason=finish_reason,
        )
        self.lines.append(line)
        self._unwritten.append(line)
        self.hear(line)
        return line

    def note_lost(self, lost: Lost, now: datetime) -> None:
        """A call of which nobody knows more than that its agent died over it."""
        self.note(
            ModelCall(lost.role, ()),
            Offer("unknown", "unknown"),
            1,
            AttemptOutcome.FAILED,
            Tokens(output=lost.output_tokens),
            asked_at=now,
            seconds=0.0,
            error_type=ErrorType.LOST,
        )

    @property
    def usage(self) -> ModelUsage:
        """What the run has used so far, in all its attempts."""
        return total(self.lines)

    async def write(self, voice: Voice) -> None:
        """Writes what is not yet written to the run's log."""
        while self._unwritten:
            await voice.record(self._unwritten.pop(0))


def total(lines: Sequence[ModelAttempted]) -> ModelUsage:
    """What attempts add up to."""
    cached = sum(line.outcome is AttemptOutcome.CACHED for line in lines)
    return ModelUsage(
        calls=cached + sum(line.outcome is AttemptOutcome.COMPLETE for line in lines),
        input_tokens=sum(line.input_tokens for line in lines),
        output_tokens=sum(line.output_tokens for line in lines),
        estimated=any(line.estimated for line in lines),
        attempts=len(lines) - cached,
        cached_calls=cached,
        cached_input_tokens=sum(line.cached_input_tokens for line in lines),
        cost=round(sum(line.cost for line in lines), 9),
    )


def summed_up(reply: ModelReply, lines: Sequence[ModelAttempted]) -> None:
    """Notes on a whole reply what it took: `lines` are the attempts, its own the last."""
    usage, own = total(lines), lines[-1]
    reply.provider = own.provider
    reply.model = reply.model or own.model
    reply.input_tokens = usage.input_tokens
    reply.cached_input_tokens = usage.cached_input_tokens
    reply.output_tokens = usage.output_tokens
    reply.estimated = usage.estimated
    reply.cost = usage.cost
    reply.attempts = usage.attempts
    reply.first_content = own.first_content
    reply.seconds = own.seconds
