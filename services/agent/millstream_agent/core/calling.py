"""Asking a model, honestly: what an attempt said before it broke off is taken back."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from millstream_agent.core.failures import ModelFailed, RunEnded
from millstream_agent.core.gateway.ledger import Ledger
from millstream_agent.core.gateway.refusing import unavailable
from millstream_agent.core.listening import Listener
from millstream_agent.core.ports import Journal, Model, ModelCall, ModelReply, Voice
from millstream_shared.contracts.runs import StepStarted, UsageCounted


@dataclass
class Caller:
    """Makes model calls for one run; `ledger` is where the model notes what it took."""

    model: Model
    voice: Voice
    journal: Journal
    clock: Callable[[], float]
    ledger: Ledger

    async def ask(self, step: str, call: ModelCall, opening: StepStarted) -> ModelReply:
        """One complete reply, which streams to viewers as part `step`; asked for and paid once.

        Raises RunEnded when none is to be had.
        """

        async def work() -> ModelReply:
            await self.voice.say(opening)
            reply = await self.answer(replace(call, name=step), step)
            await self.voice.say(usage_of(call, reply))
            return reply

        return await self.journal.step(step, ModelReply, work)

    async def answer(self, call: ModelCall, part: str = "") -> ModelReply:
        """One complete reply, not journalled; raises RunEnded.

        It streams to viewers as `part`, unless that is empty. What a broken attempt said is taken
        back before another one speaks, or when there is no other.
        """
        mark, listener = self.voice.seq, Listener(self.voice, part, self.clock)
        reply = ModelReply()
        try:
            async with self.model.open(call) as replies:
                async for heard in replies:
                    if part and heard.number != reply.number:
                        await self.voice.rewind(mark)
                        listener = Listener(self.voice, part, self.clock)
                    reply = heard
                    if part:
                        await listener.hear(reply)
            if part:
                await listener.end(reply)
        except (ModelFailed, RunEnded) as failure:
            if part:
                await self.voice.rewind(mark)
            await self.ledger.write(self.voice)
            if isinstance(failure, RunEnded):
                raise
            raise unavailable(failure) from failure
        await self.ledger.write(self.voice)
        return reply


def usage_of(call: ModelCall, reply: ModelReply) -> UsageCounted:
    """What viewers are told of a finished call."""
    return UsageCounted(
        role=call.role,
        provider=reply.provider,
        model=reply.model,
        input_tokens=reply.input_tokens,
        cached_input_tokens=reply.cached_input_tokens,
        output_tokens=reply.output_tokens,
        estimated=reply.estimated,
        cost=reply.cost,
        attempts=reply.attempts,
        cached=reply.cached,
        first_content=reply.first_content,
        seconds=reply.seconds,
    )
