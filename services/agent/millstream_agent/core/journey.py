"""One message's journey: framework, code, checks, fixes, title and answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import NoneType
from typing import Literal

from millstream_agent.core import prompts, verdict
from millstream_agent.core.calling import Caller, usage_of
from millstream_agent.core.choosing import FrameworkChoice
from millstream_agent.core.context import Opening
from millstream_agent.core.conversation import ChatMessage
from millstream_agent.core.failures import RunEnded
from millstream_agent.core.gateway.ledger import Ledger
from millstream_agent.core.knobs import Knobs
from millstream_agent.core.loop import AgentLoop
from millstream_agent.core.ports import Journal, Model, ModelCall, ModelReply, Voice, Workshop
from millstream_agent.core.toolbox import Toolbox
from millstream_agent.core.tree import FileTree
from millstream_agent.core.verdict import Version
from millstream_shared.contracts.checks import CheckFinished, ValidationFinished
from millstream_shared.contracts.digest import step_name
from millstream_shared.contracts.enums import CheckKind, Framework, Role
from millstream_shared.contracts.frameworks import FrameworkCard
from millstream_shared.contracts.generation import GenerationContext
from millstream_shared.contracts.runs import (
    CheckDone,
    CheckStarted,
    FixStarted,
    StepStarted,
    TitleWritten,
    ViewerEvent,
)
from millstream_shared.runtime.tasks import together

LOOP_FACTOR = 12
"""How many times what it began with a step's conversation may grow to, before old contents go."""


@dataclass(frozen=True)
class Result:
    """What a journey ends with."""

    framework: Framework
    version: Version
    title: str
    response: str


@dataclass(frozen=True)
class Description:
    """What the model said of the app; None if it was not to be had."""

    reply: ModelReply | None


@dataclass
class Journey:
    """Walks the steps of one attempt. `toolbox` holds what is written so far, kept on failure."""

    context: GenerationContext
    attempt: int
    knobs: Knobs
    model: Model
    voice: Voice
    journal: Journal
    workshop: Workshop
    clock: Callable[[], float]
    ledger: Ledger
    toolbox: Toolbox | None = field(default=None, init=False)
    checks: tuple[CheckFinished, ...] = field(default=(), init=False)
    """The last verdict, kept on failure too."""

    def __post_init__(self) -> None:
        self.caller = Caller(self.model, self.voice, self.journal, self.clock, self.ledger)

    async def walk(self) -> Result:
        """The whole journey; raises RunEnded when there is nothing good to show for it."""
        card = await FrameworkChoice(
            self.context, self.attempt, self.caller, self.voice, self.journal, self.workshop
        ).card()
        tree = FileTree(self.context.files or card.files, frozenset(card.managed))
        self.toolbox = Toolbox(tree, card.framework, self.voice, self.workshop)
        summary = await self._write(card, self.toolbox)
        version = await self._make_green(card, self.toolbox)
        title, response = await self._describe(summary, version)
        return Result(card.framework, version, title, response)

    async def _write(self, card: FrameworkCard, toolbox: Toolbox) -> str:
        opening = prompts.code_messages(self.context, card, toolbox.tree, self.knobs)
        loop = self._loop(Role.CODE, toolbox, opening)
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
            await self._tell_once(f"fix-{number}", FixStarted(round=number, findings=findings))
            before = toolbox.tree
            await self._fix(card, toolbox, checks, number)
            if not toolbox.tree.changes_from(before):
                break  # the same files get the same verdict, and one more round the same answer
            versions.append(await self._check(toolbox, number))
            if self.knobs.lean and verdict.is_stuck(versions):
                break  # the same findings as before: one more round finds them again
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
        opening = prompts.fix_messages(self.context.prompt, card, toolbox.tree, checks)
        await self._loop(Role.FIX, toolbox, opening, number).work()

    def _loop(
        self,
        role: Literal[Role.CODE, Role.FIX],
        toolbox: Toolbox,
        opening: Opening,
        number: int | None = None,
    ) -> AgentLoop:
        loop = AgentLoop(
            role,
            self.caller,
            self.journal,
            toolbox,
            opening.messages,
            self.knobs.max_iterations,
            round=number,
            most_tokens=LOOP_FACTOR * self.knobs.context_tokens if self.knobs.lean else None,
        )
        loop.repeats.show(opening.shown, toolbox.tree)
        return loop

    async def _check(self, toolbox: Toolbox, number: int) -> Version:
        finished = await self.journal.step(
            f"validate-{number}", ValidationFinished, lambda: self._validate(toolbox, number)
        )
        self.checks = finished.checks
        return Version(toolbox.tree, finished)

    async def _validate(self, toolbox: Toolbox, number: int) -> ValidationFinished:
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
        return finished

    async def _tell_check(self, check: CheckFinished) -> None:
        # What a build made is for the store; viewers get the verdict.
        await self.voice.say(CheckDone(check=check.model_copy(update={"built": {}})))

    async def _describe(self, summary: str, version: Version) -> tuple[str, str]:
        """Title and response, written at the same time."""
        checks = verdict.in_words(version.verdict)
        prompt = self.context.prompt
        title_call = _call(Role.TITLE, prompts.title_messages(prompt, summary))
        answer_call = _call(Role.RESPONSE, prompts.response_messages(prompt, summary, checks))
        await self._tell_once("describe", StepStarted(name="title"), StepStarted(name="response"))
        # A successor that finds one of the two takes back all that the other one has said.
        mark = self.voice.seq
        title, response = await together(
            self._describe_by(title_call, "", mark),
            self._describe_by(answer_call, "response", mark),
        )
        named = tidy_title(title.text if title else prompt)
        # Only now: had the response broken off and been taken back, this would be gone too.
        said = [
            usage_of(call, reply)
            for call, reply in ((title_call, title), (answer_call, response))
            if reply
        ]
        await self._tell_once("described", *said, TitleWritten(title=named))
        return named, (response.text if response else summary).strip()

    async def _describe_by(self, call: ModelCall, part: str, mark: int) -> ModelReply | None:
        """The reply. A checked app is not thrown away because nobody can describe it."""

        async def work() -> Description:
            try:
                return Description(await self.caller.answer(call, part))
            except RunEnded:
                return Description(None)

        described = await self.journal.step(call.role, Description, work, None if part else mark)
        return described.reply

    async def _tell_once(self, step: str, *events: ViewerEvent) -> None:
        async def tell() -> None:
            for event in events:
                await self.voice.say(event)

        await self.journal.step(step, NoneType, tell)


def _call(role: Role, messages: Sequence[ChatMessage]) -> ModelCall:
    return ModelCall(role, messages, name=role)


def tidy_title(text: str) -> str:
    """A model's title on one line, without quotes, at most 80 characters."""
    line = next(iter(text.strip().splitlines()), "").strip(" \"'`*#.")
    return line[:80] or "Untitled app"
