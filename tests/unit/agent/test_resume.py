"""A run that is taken over goes on at the step that was cut, and repeats nothing."""

import json
from collections import Counter

import pytest

from millstream_agent.core.conversation import ToolCall
from millstream_agent.core.gateway.ledger import Ledger
from millstream_agent.core.journey import Journey, Result
from millstream_agent.core.knobs import OPTIMIZED
from millstream_agent.core.ports import ModelCall
from millstream_agent.core.said import Said, said_by
from millstream_shared.contracts.checks import CommandFinished, Finding, ValidationFinished
from millstream_shared.contracts.enums import CheckKind, Framework, MessageStatus, Role
from millstream_shared.contracts.generation import GenerationContext
from tests.fakes.agent import (
    Crash,
    FakeWorkshop,
    MemoryJournal,
    NotingModel,
    RecordingVoice,
    ScriptedModel,
    says,
    verdict_of,
)

STEPS = [
    "select",
    "framework",
    "code-1",
    "code-1-tools",
    "code-2",
    "code-2-tools",
    "code-3",
    "validate-0",
    "fix-1",
    "fix-1-1",
    "fix-1-1-tools",
    "fix-1-2",
    "validate-1",
    "describe",
    "title",
    "response",
    "described",
]
DONE = says("<task_summary>Built it.</task_summary>")


def call(tool: str, call_id: str, **arguments: object) -> ToolCall:
    return ToolCall(call_id, tool, json.dumps(arguments))


def model() -> ScriptedModel:
    """A run with files, a command, a red check and its repair."""
    app = {"path": "src/App.tsx", "content": "app"}
    return ScriptedModel(
        {
            Role.SELECTOR: [says("react")],
            Role.CODE: [
                says("I write.", call("createOrUpdateFiles", "c1", files=[app])),
                says("", call("terminal", "c2", command="format")),
                DONE,
            ],
            Role.FIX: [
                says(
                    "I fix.",
                    call(
                        "editFile",
                        "c3",
                        path="src/App.tsx",
                        edits=[{"search": "formatted", "replace": "good"}],
                    ),
                ),
                DONE,
            ],
            Role.TITLE: [says("My App")],
            Role.RESPONSE: [says("Here it is.")],
        }
    )


class CountingWorkshop(FakeWorkshop):
    """Green once the app is good; counts what it is asked for."""

    def __init__(self) -> None:
        def judge(step: str, files: dict[str, str]) -> ValidationFinished:
            self.work["validate"] += 1
            red = Finding(path="src/App.tsx", line=1, column=1, message="bad")
            good = files["src/App.tsx"] == "good"
            return verdict_of(step) if good else verdict_of(step, red, failing=CheckKind.BUILD)

        super().__init__(judge, command_changes={"src/App.tsx": "formatted"})
        self.work: Counter[str] = Counter()

    async def run(
        self, step: str, framework: Framework, files: dict[str, str], command: str
    ) -> tuple[CommandFinished, dict[str, str]]:
        self.work["command"] += 1
        return await super().run(step, framework, files, command)


def journey(
    model: ScriptedModel,
    voice: RecordingVoice,
    journal: MemoryJournal,
    workshop: FakeWorkshop,
    ledger: Ledger,
) -> Journey:
    context = GenerationContext(
        message_id="m", project_id="p", status=MessageStatus.PENDING, prompt="Build an app"
    )
    noting = NotingModel(model, ledger)
    return Journey(context, 1, OPTIMIZED, noting, voice, journal, workshop, lambda: 0.0, ledger)


def essence(walked: Journey, result: Result) -> object:
    return (
        result.framework,
        dict(result.version.tree.files),
        result.version.verdict,
        result.title,
        result.response,
        walked.ledger.usage,
    )


async def whole_run() -> tuple[object, list[ModelCall], RecordingVoice, list[str]]:
    asked, voice, journal = model(), RecordingVoice(), MemoryJournal()
    walked = journey(asked, voice, journal, CountingWorkshop(), Ledger("m", 1))
    return essence(walked, await walked.walk()), asked.asked, voice, list(journal.finished)


async def test_every_part_of_a_run_is_a_step() -> None:
    """Framework, replies, tool calls, verdicts, fixes, title and answer."""
    assert (await whole_run())[3] == STEPS


@pytest.mark.parametrize("cut", STEPS)
async def test_a_successor_repeats_nothing_and_ends_the_same(cut: str) -> None:
    """Wherever the run is cut: each question is asked once, in the same words, each check and
    command is run once, each event is said once, and result and usage are those of a whole run.
    """
    result, questions, whole_voice, _ = await whole_run()
    asked, voice, workshop = model(), RecordingVoice(), CountingWorkshop()
    journal, ledger = MemoryJournal(cut), Ledger("m", 1)
    with pytest.raises(Crash):
        await journey(asked, voice, journal, workshop, ledger).walk()
    walked = journey(asked, voice, journal, workshop, Ledger("m", 2, ledger.lines))
    assert essence(walked, await walked.walk()) == result
    by_role = sorted(questions, key=lambda question: question.role)
    assert sorted(asked.asked, key=lambda question: question.role) == by_role
    assert workshop.work == {"validate": 2, "command": 1}
    assert Counter(voice.names()) == Counter(whole_voice.names())


def test_the_text_is_read_back_as_viewers_have_it() -> None:
    """What was taken back, and what belongs to the step that was cut, is left out."""
    events = [
        (1, b'{"type":"text.delta","part":"code-1","text":"I "}'),
        (2, b'{"type":"text.delta","part":"code-1","text":"wr"}'),
        (3, b'{"type":"rewound","toSeq":1,"attempt":2}'),
        (4, b'{"type":"step","name":"code"}'),
        (5, b'{"type":"text.delta","part":"code-1","text":"build"}'),
        (7, b'{"type":"text.delta","part":"code-2","text":"more"}'),
    ]
    assert said_by(events, until=6) == (Said(1, "I "), Said(5, "build"))
