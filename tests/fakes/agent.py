"""Hand-written stand-ins for the agent's ports."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

from pydantic import TypeAdapter

from millstream_agent.core.conversation import ToolCall
from millstream_agent.core.failures import ModelFailed
from millstream_agent.core.gateway.ledger import Ledger, Tokens
from millstream_agent.core.gateway.offers import Offer
from millstream_agent.core.ports import Model, ModelCall, ModelReply, OnCheck, Result, Work
from millstream_shared.contracts.checks import (
    CheckFinished,
    CheckOutcome,
    CommandFinished,
    Finding,
    ValidationFinished,
)
from millstream_shared.contracts.enums import AttemptOutcome, CheckKind, Framework, Role
from millstream_shared.contracts.facts import RunFact
from millstream_shared.contracts.frameworks import FrameworkCard
from millstream_shared.contracts.generation import GenerationContext
from millstream_shared.contracts.runs import FileDelta, Rewound, TextDelta, ViewerEvent

CARD = FrameworkCard(
    framework=Framework.REACT,
    title="React",
    summary="A React project.",
    entry="src/App.tsx",
    output="dist",
    installed={"react": "19"},
    managed=("package.json",),
    checks={},
    files={"package.json": "{}", "src/App.tsx": "start"},
)

Script = dict[Role, list[ModelReply | ModelFailed]]


def says(text: str, *calls: ToolCall, finish: str | None = None) -> ModelReply:
    """A reply that has already ended."""
    return ModelReply(
        model="fake",
        text=text,
        calls=list(calls),
        finish_reason=finish or ("tool_calls" if calls else "stop"),
        input_tokens=10,
        output_tokens=5,
        estimated=False,
    )


class ScriptedModel:
    """Answers from a list per role, in order; remembers what it was asked.

    A failure in the list is an attempt that breaks off; the next entry is the attempt after it,
    and a role's list that ends with a failure is a model that could not be had.
    """

    def __init__(self, script: Script) -> None:
        self._script = {role: list(replies) for role, replies in script.items()}
        self.asked: list[ModelCall] = []

    @asynccontextmanager
    async def open(self, call: ModelCall) -> AsyncIterator[AsyncIterator[ModelReply]]:
        self.asked.append(call)
        yield self._stream(self._script[call.role])

    async def _stream(self, replies: list[ModelReply | ModelFailed]) -> AsyncIterator[ModelReply]:
        number = 1
        while isinstance(failure := replies.pop(0), ModelFailed):
            yield ModelReply(model="fake", text="half an ans", number=number)
            if not replies:
                raise failure
            number += 1
        reply = replace(failure, number=number)
        for length in range(1, len(reply.text), 7):
            yield ModelReply(model="fake", text=reply.text[:length], number=number)
        yield reply


class ScriptedModels:
    """One model for all runs; what it answers is noted in the run's ledger."""

    def __init__(self, model: ScriptedModel) -> None:
        self._model = model

    def for_run(self, _: GenerationContext, ledger: Ledger) -> Model:
        return NotingModel(self._model, ledger)


class NotingModel:
    """Notes each whole reply of another model."""

    def __init__(self, model: ScriptedModel, ledger: Ledger) -> None:
        self._model = model
        self._ledger = ledger

    @asynccontextmanager
    async def open(self, call: ModelCall) -> AsyncIterator[AsyncIterator[ModelReply]]:
        async with self._model.open(call) as replies:
            yield self._noted(call, replies)

    async def _noted(
        self, call: ModelCall, replies: AsyncIterator[ModelReply]
    ) -> AsyncIterator[ModelReply]:
        async for reply in replies:
            yield reply
        self._ledger.note(
            call,
            Offer("fake", reply.model),
            reply.number,
            AttemptOutcome.COMPLETE,
            Tokens(reply.input_tokens, 0, reply.output_tokens, estimated=False),
            asked_at=datetime(2026, 1, 1, tzinfo=UTC),
            seconds=0.0,
        )


class RecordingVoice:
    """Keeps what was said, and takes back what was rewound."""

    def __init__(self) -> None:
        self.events: list[ViewerEvent] = []
        self.facts: list[RunFact] = []

    @property
    def seq(self) -> int:
        return len(self.events)

    async def say(self, event: ViewerEvent) -> None:
        self.events.append(event)

    async def record(self, fact: RunFact) -> None:
        self.facts.append(fact)

    def text(self, part: str, text: str) -> None:
        self.events.append(TextDelta(part=part, text=text))

    def file_text(self, path: str, call_id: str, text: str) -> None:
        self.events.append(FileDelta(path=path, call_id=call_id, text=text))

    async def rewind(self, to_seq: int) -> None:
        if self.seq != to_seq:
            self.events.append(Rewound(to_seq=to_seq, attempt=1))

    def names(self) -> list[str]:
        return [event.type for event in self.events]

    def said(self, part: str) -> str:
        return "".join(
            event.text
            for event in self.events
            if isinstance(event, TextDelta) and event.part == part
        )


def verdict_of(step: str, *errors: Finding, failing: CheckKind | None = None) -> ValidationFinished:
    """Both checks, of which `failing` is red with `errors`."""
    return ValidationFinished(
        message_id="m",
        step=step,
        checks=tuple(
            CheckFinished(
                message_id="m",
                step=step,
                kind=kind,
                outcome=CheckOutcome.FAILED if kind is failing else CheckOutcome.PASSED,
                exit_code=1 if kind is failing else 0,
                findings=errors if kind is failing else (),
                built={"index.html": "0" * 64} if kind is CheckKind.BUILD else {},
            )
            for kind in CheckKind
        ),
    )


class MemoryJournal:
    """Keeps finished steps as JSON, as the log does; `crash_after` dies once that step is noted."""

    def __init__(self, crash_after: str | None = None) -> None:
        self.finished: dict[str, bytes] = {}
        self.crash_after = crash_after

    async def step(
        self, name: str, kind: type[Result], work: Work[Result], mark: int | None = None
    ) -> Result:
        form: TypeAdapter[Result] = TypeAdapter(kind)
        if name in self.finished:
            return form.validate_json(self.finished[name])
        result = await work()
        self.finished[name] = form.dump_json(result)
        if name == self.crash_after:
            raise Crash(name)
        return result


class Crash(Exception):
    """The process ended here."""


Judge = Callable[[str, dict[str, str]], ValidationFinished]


class FakeWorkshop:
    """Judges files by a function; a command's effect is given beforehand."""

    def __init__(
        self,
        judge: Judge = lambda step, _: verdict_of(step),
        cards: Sequence[FrameworkCard] = (CARD,),
        command_changes: dict[str, str] | None = None,
    ) -> None:
        self._judge = judge
        self._cards = {card.framework: card for card in cards}
        self._command_changes = command_changes or {}
        self.commands: list[str] = []

    async def offered(self) -> frozenset[Framework]:
        return frozenset(self._cards)

    async def card(self, framework: Framework) -> FrameworkCard | None:
        return self._cards.get(framework)

    async def validate(
        self, step: str, framework: Framework, files: dict[str, str], on_check: OnCheck
    ) -> ValidationFinished:
        verdict = self._judge(step, files)
        for check in verdict.checks:
            await on_check(check)
        return verdict

    async def run(
        self, step: str, framework: Framework, files: dict[str, str], command: str
    ) -> tuple[CommandFinished, dict[str, str]]:
        self.commands.append(command)
        done = CommandFinished(message_id="m", step=step, exit_code=0, output="done")
        return done, self._command_changes
