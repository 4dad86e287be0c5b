"""Asking a model, honestly: a reply that broke off is taken back and asked for again."""

from collections.abc import Callable
from dataclasses import dataclass, field

import stamina

from millstream_agent.core.failures import ModelFailed, RunEnded
from millstream_agent.core.listening import Listener
from millstream_agent.core.ports import Journal, Model, ModelCall, ModelReply, Voice
from millstream_shared.contracts.facts import ModelUsage
from millstream_shared.contracts.runs import StepStarted, UsageCounted

ATTEMPTS = 3
LONGEST_WAIT = 30.0
"""Seconds. A provider that asks for a longer pause has, for this run, failed."""


@dataclass
class Caller:
    """Makes model calls for one run and adds up what they used."""

    model: Model
    voice: Voice
    journal: Journal
    clock: Callable[[], float]
    usage: ModelUsage = field(default_factory=ModelUsage, init=False)

    async def ask(self, step: str, call: ModelCall, opening: StepStarted) -> ModelReply:
        """One complete reply, which streams to viewers as part `step`; asked for and paid once.

        Raises RunEnded when none is to be had.
        """

        async def work() -> ModelReply:
            await self.voice.say(opening)
            reply = await self.answer(call, step)
            await self.voice.say(usage_of(call, reply))
            return reply

        return self.count(await self.journal.step(step, ModelReply, work))

    async def answer(self, call: ModelCall, part: str = "") -> ModelReply:
        """One complete reply, neither journalled nor counted; raises RunEnded.

        It streams to viewers as `part`, unless that is empty. What a broken attempt said is taken
        back before the next one begins.
        """
        mark = self.voice.seq
        try:
            async for attempt in stamina.retry_context(
                on=_wait_for,
                attempts=ATTEMPTS,
                wait_initial=0.5,
                wait_max=LONGEST_WAIT,
                timeout=None,
            ):
                with attempt:
                    if attempt.num > 1 and part:
                        await self.voice.rewind(mark)
                    reply = await self._once(call, part)
        except ModelFailed as failure:
            if part:
                await self.voice.rewind(mark)
            raise RunEnded(
                "model_unavailable",
                f"The model did not give a whole answer in {ATTEMPTS} attempts ({failure.kind}). "
                "Nothing was charged; try again in a moment.",
            ) from failure
        return reply

    def count(self, reply: ModelReply) -> ModelReply:
        """The reply, added to what the run has used."""
        self.usage = ModelUsage(
            calls=self.usage.calls + 1,
            input_tokens=self.usage.input_tokens + reply.input_tokens,
            output_tokens=self.usage.output_tokens + reply.output_tokens,
            estimated=self.usage.estimated or reply.estimated,
        )
        return reply

    async def _once(self, call: ModelCall, part: str) -> ModelReply:
        listener = Listener(self.voice, part, self.clock)
        reply = ModelReply()
        async with self.model.open(call) as growing:
            async for reply in growing:
                if part:
                    await listener.hear(reply)
        if part:
            await listener.end(reply)
        return reply


def usage_of(call: ModelCall, reply: ModelReply) -> UsageCounted:
    """What viewers are told of a finished call."""
    return UsageCounted(
        role=call.role,
        model=reply.model,
        input_tokens=reply.input_tokens,
        output_tokens=reply.output_tokens,
        estimated=reply.estimated,
    )


def _wait_for(error: Exception) -> bool | float:
    """Whether to try again, or after how many seconds the provider wants us to."""
    if not isinstance(error, ModelFailed):
        return False
    if error.retry_after is None:
        return True
    return error.retry_after if error.retry_after <= LONGEST_WAIT else False
