"""The first step: which framework the app is written in, and who decides it."""

from dataclasses import dataclass
from functools import partial
from types import NoneType

from millstream_agent.core import prompts
from millstream_agent.core.calling import Caller, usage_of
from millstream_agent.core.failures import RunEnded
from millstream_agent.core.framework import named_in, read_answer
from millstream_agent.core.ports import Journal, ModelCall, ModelReply, Voice, Workshop
from millstream_shared.contracts.enums import Framework, Role
from millstream_shared.contracts.facts import FrameworkSelected
from millstream_shared.contracts.frameworks import FrameworkCard
from millstream_shared.contracts.generation import GenerationContext
from millstream_shared.contracts.runs import FrameworkChosen, StepStarted


@dataclass(frozen=True)
class Selected:
    """The framework, and what the model said if it was asked."""

    choice: FrameworkChosen
    reply: ModelReply | None = None


@dataclass(frozen=True)
class FrameworkChoice:
    """The project's framework, else the prompt's explicit words, else the model's choice."""

    context: GenerationContext
    attempt: int
    caller: Caller
    voice: Voice
    journal: Journal
    workshop: Workshop

    async def card(self) -> FrameworkCard:
        """The framework's card. A choice becomes the project's only if there is a workshop."""
        selected = await self.journal.step("select", Selected, self._select)
        await self.journal.step("framework", NoneType, partial(self._settle, selected.choice))
        return await self._card(selected.choice.framework)

    async def _select(self) -> Selected:
        if self.context.framework:
            return Selected(FrameworkChosen(framework=self.context.framework, source="project"))
        await self.voice.say(StepStarted(name="framework"))
        return await self._choose()

    async def _settle(self, choice: FrameworkChosen) -> None:
        await self.voice.say(choice)
        if choice.source == "project":
            return
        await self._card(choice.framework)
        await self.voice.record(
            FrameworkSelected(
                event_id=f"{self.context.message_id}:{self.attempt}:framework",
                message_id=self.context.message_id,
                attempt=self.attempt,
                framework=choice.framework,
            )
        )

    async def _choose(self) -> Selected:
        if named := named_in(self.context.prompt):
            return Selected(FrameworkChosen(framework=named, source="prompt"))
        offered = await self.workshop.offered()
        if not offered:
            raise RunEnded("no_workshop", "No validator is running; start one and try again.")
        messages = prompts.selector_messages(self.context.prompt, offered)
        call = ModelCall(Role.SELECTOR, messages, name=Role.SELECTOR)
        reply = await self.caller.answer(call)
        await self.voice.say(usage_of(call, reply))
        if answer := read_answer(reply.text, offered):
            return Selected(FrameworkChosen(framework=answer, source="model"), reply)
        default = Framework.REACT if Framework.REACT in offered else min(offered)
        return Selected(FrameworkChosen(framework=default, source="default"), reply)

    async def _card(self, framework: Framework) -> FrameworkCard:
        card = await self.workshop.card(framework)
        if card is None:
            offered = ", ".join(sorted(await self.workshop.offered())) or "none"
            raise RunEnded(
                "framework_unavailable",
                f"There is no workshop for {framework} here. Offered are: {offered}. Ask for one "
                "of them, or change the project's framework if it is set.",
            )
        return card
