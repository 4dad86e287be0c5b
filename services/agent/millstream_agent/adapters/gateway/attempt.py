"""One attempt: one question to one provider, from sending it to its line in the ledger."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from millstream_agent.adapters.gateway.endpoint import Chunks, Endpoint, next_chunk
from millstream_agent.core.budgets import Tab
from millstream_agent.core.failures import ModelFailed
from millstream_agent.core.gateway.ledger import Tokens
from millstream_agent.core.gateway.offers import Offer
from millstream_agent.core.growing_reply import CHARS_PER_TOKEN, GrowingReply
from millstream_agent.core.ports import ModelCall, ModelReply
from millstream_agent.core.repetition import Repetition
from millstream_shared.contracts.enums import ErrorType

USAGE_SECONDS: Final = 2.0
"""Longest wait for the usage of an answer that is whole."""
LENIENCE: Final = 2
"""An answer this many times as long as it may be is cut: its provider ignores limits."""


@dataclass(frozen=True)
class Deadlines:
    """Seconds: to the first content (keep-alives are none), between additions, for the whole."""

    first_content: float
    idle: float
    whole: float


@dataclass
class Attempt:
    """`begin` it, read the `rest`, and `close` it whatever happened."""

    endpoint: Endpoint
    offer: Offer
    call: ModelCall
    number: int
    tab: Tab
    deadlines: Deadlines
    input_estimate: int
    hedge: bool = False
    strict: bool = False
    """Whether calls that break off are a failure: somebody else can be asked. Otherwise the tools
    tell the model."""
    asked_at: datetime = field(init=False)
    first_content: float | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._clock = loop.time
        self._begun = loop.time()
        self.asked_at = datetime.now(UTC)
        self._stack = AsyncExitStack()
        self._chunks: Chunks | None = None
        self._refused = False
        self._moved = 0.0
        """When the last addition came."""
        most = self.endpoint.most_output(self.offer) * CHARS_PER_TOKEN * LENIENCE
        self._growing = GrowingReply(self.call, self.number, most)
        self._repetition = Repetition()

    @property
    def reply(self) -> ModelReply:
        return self._growing.reply

    @property
    def seconds(self) -> float:
        return self._clock() - self._begun

    async def begin(self) -> None:
        """Asks, and returns when there is some content; raises ModelFailed or OverBudget."""
        until = self._begun + min(self.deadlines.first_content, self.deadlines.whole)
        try:
            async with asyncio.timeout_at(until):
                self._chunks = await self._ask()
            while not self._growing.has_content:
                # Who thinks aloud is alive; then it is pauses that are limited.
                if not await self._take_next(self._chunks, self._pause() if self._moved else until):
                    self._growing.whole()  # says what is missing: there was no content
        except TimeoutError as error:
            waited = f"no content for {self.seconds:.0f} s"
            raise ModelFailed(ErrorType.SLOW_FIRST_TOKEN, waited) from error
        self.first_content = self.seconds

    async def rest(self) -> AsyncGenerator[ModelReply]:
        """The reply as it grows, from the first content to the whole."""
        if self._chunks is None:
            raise AssertionError("the rest is read after the beginning")
        yield self.reply
        try:
            while await self._take_next(self._chunks, self._pause()):
                yield self.reply
        except (TimeoutError, ModelFailed) as error:
            if not self._is_whole(error):
                raise self._too_late() if isinstance(error, TimeoutError) else error from error
        reply = self._growing.whole()
        if self.strict:
            self._growing.check_calls(self.endpoint.most_output(self.offer))
        yield reply

    def _pause(self) -> float:
        """Until when the next addition has to come; of a whole answer only its usage is missing."""
        pause = USAGE_SECONDS if self.reply.finish_reason else self.deadlines.idle
        return min(self._begun + self.deadlines.whole, self._moved + pause)

    def _is_whole(self, error: Exception) -> bool:
        """Whether only what follows the answer was cut off."""
        quiet = isinstance(error, TimeoutError) or (
            isinstance(error, ModelFailed) and error.error_type is ErrorType.CUT
        )
        return quiet and self.reply.finish_reason is not None

    async def close(self) -> None:
        """Hangs up."""
        try:
            if self._chunks:
                await self._chunks.aclose()
        finally:
            await self._stack.aclose()

    def tokens(self) -> Tokens:
        """What the attempt used, as far as anybody knows; one that was turned down, nothing."""
        reply = self.reply
        if self._refused:
            return Tokens(estimated=False)
        if reply.estimated:
            return Tokens(self.input_estimate, 0, self._growing.output_tokens)
        return Tokens(reply.input_tokens, reply.cached_input_tokens, reply.output_tokens, False)

    async def _ask(self) -> Chunks:
        try:
            return await self.endpoint.ask(self._stack, self.call, self.offer)
        except ModelFailed:
            self._refused = True
            raise

    async def _take_next(self, chunks: Chunks, until: float) -> bool:
        chunk = await next_chunk(chunks, until)
        if chunk is None:
            return False
        if problem := chunk.get("error"):
            raise self.endpoint.failed_in_band(problem, self.call, self.offer)
        thought = self._growing.thought
        self._growing.add(chunk)
        if self._growing.newest or self._growing.thought > thought:
            self._moved = self._clock()
        if self._growing.newest and self._repetition.feed(self._growing.newest):
            raise ModelFailed(ErrorType.REPETITION, "the answer repeats itself")
        spent = self._growing.output_tokens
        if not self.tab.covers(spent):
            await self.tab.extend(spent)
        return True

    def _too_late(self) -> ModelFailed:
        if self.seconds >= self.deadlines.whole:
            return ModelFailed(ErrorType.TOO_SLOW, f"over {self.deadlines.whole:.0f} s")
        return ModelFailed(ErrorType.STALLED, f"nothing new for {self.deadlines.idle:.0f} s")
