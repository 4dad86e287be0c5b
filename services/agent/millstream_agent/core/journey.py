"""One message's journey: framework, code, checks, fixes, title and answer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from millstream_agent.core import prompts, verdict
from millstream_agent.core.calling import Caller
from millstream_agent.core.failures import RunEnded
from millstream_agent.core.framework import named_in, read_answer
from millstream_agent.core.knobs import Knobs
from millstream_agent.core.loop import AgentLoop
from millstream_agent.core.ports import Model, ModelCall, Voice, Workshop
from millstream_agent.core.toolbox import Toolbox
from millstream_agent.core.tree import FileTree
from millstream_agent.core.verdict import Version
from millstream_shared.contracts.checks import CheckFinished
from millstream_shared.contracts.digest import step_name
from millstream_shared.contracts.enums import CheckKind, Framework, Role
from millstream_shared.contracts.facts import FrameworkSelected
from millstream_shared.contracts.frameworks import FrameworkCard
from millstream_shared.contracts.generation import GenerationContext
from millstream_shared.contracts.runs import (
    CheckDone,
    CheckStarted,
    FixStarted,
    FrameworkChosen,
    StepStarted,
    TitleWritten,
)


@dataclass(frozen=True)
class Result:
    """What a journey ends with."""

    framework: Framework
    version: Version
    title: str
    response: str


@dataclass
class Journey:
    """Walks the steps of one attempt. `toolbox` holds what is written so far, kept on failure."""

    context: GenerationContext
    attempt: int
    knobs: Knobs
    model: Model
    voice: Voice
    workshop: Workshop
    clock: Callable[[], float]
    toolbox: Toolbox | None = field(default=None, init=False)
    checks: tuple[CheckFinished, ...] = field(default=(), init=False)
    """The last verdict, kept on failure too."""

    def __post_init__(self) -> None:
        self.caller = Caller(self.model, self.voice, self.clock)

    async def walk(self) -> Result:
        """The whole journey; raises RunEnded when there is nothing good to show for it."""
        card = await self._choose_framework()
        tree = FileTree(self.context.files or card.files, frozenset(card.managed))
        self.toolbox = Toolbox(tree, card.framework, self.voice, self.workshop)
        summary = await self._write(card, self.toolbox)
        version = await self._make_green(card, self.toolbox)
        title, response = await self._describe(summary, version)
        return Result(card.framework, version, title, response)

    async def _choose_framework(self) -> FrameworkCard:
        """The framework's card. A choice becomes the project's only if there is a workshop."""
        if self.context.framework:
            choice = FrameworkChosen(framework=self.context.framework, source="project")
            await self.voice.say(choice)
            return await self._card(choice.framework)
        await self.voice.say(StepStarted(name="framework"))
        choice = await self._select()
        await self.voice.say(choice)
        card = await self._card(choice.framework)
        await self.voice.record(
            FrameworkSelected(
                event_id=f"{self.context.message_id}:{self.attempt}:framework",
                message_id=self.context.message_id,
                attempt=self.attempt,
                framework=choice.framework,
            )
        )
        return card

    async def _select(self) -> FrameworkChosen:
        if named := named_in(self.context.prompt):
            return FrameworkChosen(framework=named, source="prompt")
        offered = await self.workshop.offered()
        if not offered:
            raise RunEnded("no_workshop", "No validator is running; start one and try again.")
        messages = prompts.selector_messages(self.context.prompt, offered)
        reply, _ = await self.caller.ask(ModelCall(Role.SELECTOR, messages), "")
        if answer := read_answer(reply.text, offered):
            return FrameworkChosen(framework=answer, source="model")
        default = Framework.REACT if Framework.REACT in offered else min(offered)
        return FrameworkChosen(framework=default, source="default")

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

    async def _write(self, card: FrameworkCard, toolbox: Toolbox) -> str:
        loop = AgentLoop(
            Role.CODE,
            self.caller,
            self.voice,
            toolbox,
            prompts.code_messages(self.context, card, toolbox.tree),
            self.knobs.max_iterations,
        )
        summary = await loop.work()
        if not toolbox.changed:
            raise RunEnded(
                "nothing_built",
                "The model answered without writing a single file. Say what the app should do.",
            )
        return summary or "The iterations ran out before the model summed up its work."

    async def _make_green(self, card: FrameworkCard, toolbox: Toolbox) -> Version:
        """Checks, and fixes what is red, at most `fix_rounds` times; gives the best version."""
        versions = [await self._check(toolbox, 0)]
        for number in range(1, self.knobs.fix_rounds + 1):
            checks = versions[-1].verdict.checks
            if versions[-1].verdict.passed:
                break
            findings = sum(len(check.findings) for check in checks)
            await self.voice.say(FixStarted(round=number, findings=findings))
            before = toolbox.tree
            await self._fix(card, toolbox, checks, number)
            if not toolbox.tree.changes_from(before):
                break  # the same files get the same verdict, and one more round the same answer
            versions.append(await self._check(toolbox, number))
        chosen = verdict.best(versions)
        toolbox.tree = chosen.tree
        if not verdict.builds(chosen.verdict):
            raise RunEnded(
                "checks_failed",
                "The app does not build, and the fix rounds did not repair it. "
                "The files are kept; say what to change, or try again.",
            )
        return chosen

    async def _fix(
        self,
        card: FrameworkCard,
        toolbox: Toolbox,
        checks: tuple[CheckFinished, ...],
        number: int,
    ) -> None:
        messages = prompts.fix_messages(self.context.prompt, card, toolbox.tree, checks)
        await AgentLoop(
            Role.FIX,
            self.caller,
            self.voice,
            toolbox,
            messages,
            self.knobs.max_iterations,
            round=number,
        ).work()

    async def _check(self, toolbox: Toolbox, number: int) -> Version:
        files = dict(toolbox.tree.files)
        step = step_name("validate", files)
        await self.voice.say(StepStarted(name="validate", round=number or None))
        for kind in CheckKind:
            await self.voice.say(CheckStarted(kind=kind, step=step))
        finished = await self.workshop.validate(step, toolbox.framework, files, self._tell_check)
        self.checks = finished.checks
        if broken := verdict.unavailable(finished):
            raise RunEnded(
                "check_unavailable",
                f"The {broken.kind} check could not run: {broken.output[-300:]}",
            )
        return Version(toolbox.tree, finished)

    async def _tell_check(self, check: CheckFinished) -> None:
        # What a build made is for the store; viewers get the verdict.
        await self.voice.say(CheckDone(check=check.model_copy(update={"built": {}})))

    async def _describe(self, summary: str, version: Version) -> tuple[str, str]:
        """Title and response, written at the same time."""
        checks = verdict.in_words(version.verdict)
        prompt = self.context.prompt
        title_call = ModelCall(Role.TITLE, prompts.title_messages(prompt, summary))
        answer_call = ModelCall(Role.RESPONSE, prompts.response_messages(prompt, summary, checks))
        await self.voice.say(StepStarted(name="title"))
        await self.voice.say(StepStarted(name="response"))
        title, response = await asyncio.gather(
            self._text_or(title_call, "", prompt), self._text_or(answer_call, "response", summary)
        )
        # Only now: had the response broken off and been taken back, the title would be gone too.
        await self.voice.say(TitleWritten(title=tidy_title(title)))
        return tidy_title(title), response.strip()

    async def _text_or(self, call: ModelCall, part: str, instead: str) -> str:
        """The model's text. A checked app is not thrown away because nobody can describe it."""
        try:
            reply, _ = await self.caller.ask(call, part)
        except RunEnded:
            return instead
        return reply.text


def tidy_title(text: str) -> str:
    """A model's title on one line, without quotes, at most 80 characters."""
    line = next(iter(text.strip().splitlines()), "").strip(" \"'`*#.")
    return line[:80] or "Untitled app"
