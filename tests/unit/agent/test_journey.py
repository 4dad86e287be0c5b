"""The journey of one message, told with a scripted model and a workshop that judges by rule."""

import json
from collections.abc import Sequence

import pytest

from millstream_agent.core.conversation import ToolCall
from millstream_agent.core.ending import failed
from millstream_agent.core.failures import ModelFailed, RunEnded
from millstream_agent.core.gateway.ledger import Ledger
from millstream_agent.core.journey import Journey, Result
from millstream_agent.core.knobs import OPTIMIZED
from millstream_shared.contracts.checks import (
    CheckFinished,
    CheckOutcome,
    Finding,
    ValidationFinished,
)
from millstream_shared.contracts.enums import CheckKind, ErrorType, Framework, MessageStatus, Role
from millstream_shared.contracts.facts import FrameworkSelected
from millstream_shared.contracts.generation import GenerationContext
from millstream_shared.contracts.runs import FileFinished, FrameworkChosen, Rewound
from tests.fakes.agent import (
    CARD,
    FakeWorkshop,
    MemoryJournal,
    RecordingVoice,
    Script,
    ScriptedModel,
    says,
    verdict_of,
)

DONE = says("<task_summary>Built it.</task_summary>")


def write(path: str, content: str, call_id: str = "c1") -> ToolCall:
    arguments = json.dumps({"files": [{"path": path, "content": content}]})
    return ToolCall(call_id, "createOrUpdateFiles", arguments)


def edit(path: str, search: str, replace: str, call_id: str = "e1") -> ToolCall:
    edits = [{"search": search, "replace": replace}]
    return ToolCall(call_id, "editFile", json.dumps({"path": path, "edits": edits}))


def script(**changed: Sequence[object]) -> Script:
    """A run that goes well at once, but for the roles given."""
    usual: dict[str, Sequence[object]] = {
        "selector": [says("react")],
        "code": [says("I write it.", write("src/App.tsx", "app")), DONE],
        "fix": [],
        "title": [says('"My App"')],
        "response": [says("Here it is.")],
    }
    return {Role(role): list(replies) for role, replies in {**usual, **changed}.items()}  # type: ignore[arg-type]  # kwargs lose their types


def journey(
    model: ScriptedModel,
    voice: RecordingVoice,
    workshop: FakeWorkshop | None = None,
    *,
    prompt: str = "Build an app",
    framework: Framework | None = None,
) -> Journey:
    context = GenerationContext(
        message_id="m",
        project_id="p",
        status=MessageStatus.PENDING,
        prompt=prompt,
        framework=framework,
    )
    return Journey(
        context,
        1,
        OPTIMIZED,
        model,
        voice,
        MemoryJournal(),
        workshop or FakeWorkshop(),
        lambda: 0.0,
        Ledger("m", 1),
    )


async def walk(model: ScriptedModel, voice: RecordingVoice, workshop: FakeWorkshop) -> Result:
    return await journey(model, voice, workshop).walk()


async def test_a_good_run_tells_every_step_in_order() -> None:
    """Framework, code, checks, title and answer: all seen, in this order."""
    voice = RecordingVoice()
    result = await walk(ScriptedModel(script()), voice, FakeWorkshop())

    assert result.version.tree.files["src/App.tsx"] == "app"
    assert (result.title, result.response) == ("My App", "Here it is.")
    names = list(dict.fromkeys(voice.names()))
    assert names == [
        *("step", "usage", "framework", "text.delta", "file.started", "file.delta"),
        *("tool.started", "file.finished", "tool.finished"),
        *("check.started", "check.finished", "title"),
    ]


async def test_the_models_choice_of_framework_is_recorded_for_the_store() -> None:
    """A project without a framework gets one, and keeps it."""
    voice = RecordingVoice()
    await walk(ScriptedModel(script()), voice, FakeWorkshop())
    assert [fact.framework for fact in voice.facts if isinstance(fact, FrameworkSelected)] == [
        Framework.REACT
    ]


async def test_explicit_words_win_over_the_model() -> None:
    """The selector is not even asked; a framework without a workshop is said so, by name."""
    model, voice = ScriptedModel(script(selector=[])), RecordingVoice()
    with pytest.raises(RunEnded, match="no workshop for VUE") as ended:
        await journey(model, voice, prompt="Build a todo list in Vue").walk()
    assert ended.value.code == "framework_unavailable"
    assert voice.events[1] == FrameworkChosen(framework=Framework.VUE, source="prompt")


async def test_a_project_with_a_framework_keeps_it() -> None:
    """Neither the words of a later prompt nor the model change it."""
    model, voice = ScriptedModel(script(selector=[])), RecordingVoice()
    walked = journey(model, voice, prompt="Like Vue does", framework=Framework.REACT)
    assert (await walked.walk()).framework is Framework.REACT
    assert not voice.facts


def red_until(word: str, kind: CheckKind) -> FakeWorkshop:
    """A workshop whose check stays red until the app contains `word`."""
    finding = Finding(path="src/App.tsx", line=1, column=1, message="broken")
    return FakeWorkshop(
        lambda step, files: (
            verdict_of(step)
            if word in files["src/App.tsx"]
            else verdict_of(step, finding, failing=kind)
        )
    )


def red_anew() -> FakeWorkshop:
    """Never green, and something else is wrong each time."""

    def judge(step: str, files: dict[str, str]) -> ValidationFinished:
        finding = Finding(path="src/App.tsx", line=1, message="x" + files["src/App.tsx"])
        return verdict_of(step, finding, failing=CheckKind.BUILD)

    return FakeWorkshop(judge)


async def test_a_fix_that_leaves_the_same_findings_is_the_last_one() -> None:
    """Wherever they stand now: one more round would find them again."""
    fix = [says("Hm.", edit("src/App.tsx", "app", "app!")), DONE] * 2
    model, voice = ScriptedModel(script(fix=[*fix])), RecordingVoice()
    with pytest.raises(RunEnded):
        await walk(model, voice, red_until("good", CheckKind.BUILD))
    assert voice.names().count("fix.started") == 1


async def test_a_red_build_is_fixed_and_checked_again() -> None:
    """The fix agent sees the finding and the file, and its work is validated, not believed."""
    model = ScriptedModel(script(fix=[says("Fixing.", edit("src/App.tsx", "app", "good")), DONE]))
    voice = RecordingVoice()
    result = await walk(model, voice, red_until("good", CheckKind.BUILD))

    assert result.version.verdict.passed
    assert voice.names().count("fix.started") == 1
    assert voice.names().count("check.finished") == 4
    asked = next(call for call in model.asked if call.role is Role.FIX).messages[-1]["content"]
    assert "src/App.tsx:1:1: broken" in asked
    assert '<file path="src/App.tsx">\napp\n</file>' in asked


async def test_a_build_that_stays_red_is_no_result() -> None:
    """Two rounds, then an honest error: red is never passed off as green."""
    fix = [says("Hm.", edit("src/App.tsx", "app", "app!")), DONE] * 2
    model, voice = ScriptedModel(script(fix=[*fix])), RecordingVoice()
    walked = journey(model, voice, red_anew())
    with pytest.raises(RunEnded) as ended:
        await walked.walk()
    assert ended.value.code == "checks_failed"
    assert voice.names().count("fix.started") == 2
    assert walked.toolbox is not None
    assert walked.toolbox.tree.files["src/App.tsx"].startswith("app")
    kept = failed(walked, ended.value, files={}, fragment_id="f")
    assert [check.passed for check in kept.checks] == [True, False], "the verdict is kept too"


async def test_the_best_version_wins_not_the_last() -> None:
    """A fix round that makes things worse is thrown away."""

    def judge(step: str, files: dict[str, str]) -> ValidationFinished:
        worse = CheckKind.BUILD if "worse" in files["src/App.tsx"] else CheckKind.LINT
        return verdict_of(step, Finding(message="x"), failing=worse)

    fix = [says("", edit("src/App.tsx", "app", "worse app")), DONE, DONE]
    result = await walk(ScriptedModel(script(fix=fix)), RecordingVoice(), FakeWorkshop(judge))
    assert result.version.tree.files["src/App.tsx"] == "app"
    assert not result.version.verdict.passed


async def test_a_check_that_could_not_run_is_not_taken_for_green() -> None:
    """An unavailable sandbox ends the run with its reason."""

    def judge(step: str, files: dict[str, str]) -> ValidationFinished:
        lost = CheckFinished(
            message_id="m",
            step=step,
            kind=CheckKind.LINT,
            outcome=CheckOutcome.UNAVAILABLE,
            output="no sandbox",
        )
        return ValidationFinished(message_id="m", step=step, checks=(lost,))

    with pytest.raises(RunEnded, match="no sandbox"):
        await walk(ScriptedModel(script()), RecordingVoice(), FakeWorkshop(judge))


async def test_a_reply_that_breaks_off_is_taken_back_and_asked_for_again() -> None:
    """Viewers drop the half answer; nothing of it reaches the conversation."""
    broken = ModelFailed(ErrorType.CUT, "peer closed")
    model = ScriptedModel(script(response=[broken, says("Whole.")]))
    voice = RecordingVoice()
    result = await walk(model, voice, FakeWorkshop())
    assert result.response == "Whole."
    assert any(isinstance(event, Rewound) for event in voice.events)


async def test_a_model_that_never_answers_ends_the_run() -> None:
    """Several attempts, then an error that says what to do."""
    broken = [ModelFailed(ErrorType.OVERLOADED, "boom")] * 3
    model = ScriptedModel(script(code=[*broken]))
    with pytest.raises(RunEnded, match="several attempts") as ended:
        await walk(model, RecordingVoice(), FakeWorkshop())
    assert ended.value.code == "model_unavailable"


async def test_a_checked_app_survives_a_model_that_cannot_describe_it() -> None:
    """Title and answer fall back to the prompt and the summary."""
    broken = [ModelFailed(ErrorType.OVERLOADED, "boom")] * 3
    model = ScriptedModel(script(title=[*broken], response=[*broken]))
    result = await walk(model, RecordingVoice(), FakeWorkshop())
    assert (result.title, result.response) == ("Build an app", "Built it.")


async def test_writing_nothing_is_no_result() -> None:
    """An answer in prose only is an error, not an empty app."""
    with pytest.raises(RunEnded) as ended:
        await walk(ScriptedModel(script(code=[DONE])), RecordingVoice(), FakeWorkshop())
    assert ended.value.code == "nothing_built"


async def test_a_truncated_call_is_never_applied() -> None:
    """The model is told so and sends it again; viewers see that the half file was dropped."""
    whole = write("src/App.tsx", "app")
    half = ToolCall("c0", whole.name, whole.arguments[:-6])
    code = [says("", half, finish="length"), says("", whole), DONE]
    model, voice = ScriptedModel(script(code=code)), RecordingVoice()
    await walk(model, voice, FakeWorkshop())

    dropped = next(event for event in voice.events if isinstance(event, FileFinished))
    assert not dropped.applied
    told = model.asked[2].messages[-1]
    assert told["tool_call_id"] == "c0"
    assert "NOT applied" in told["content"]


async def test_every_call_gets_a_result_even_for_a_tool_that_does_not_exist() -> None:
    """An orphaned call would make the provider refuse the next question."""
    strange = ToolCall("x", "deleteEverything", "{}")
    code = [says("", strange, write("src/App.tsx", "app")), DONE]
    model = ScriptedModel(script(code=code))
    await walk(model, RecordingVoice(), FakeWorkshop())
    results = [message for message in model.asked[2].messages if message["role"] == "tool"]
    assert [result["tool_call_id"] for result in results] == ["x", "c1"]
    assert "there is no tool" in results[0]["content"]


async def test_the_terminal_changes_the_tree_but_not_managed_files() -> None:
    """What a command did to the workshop's own files is left out."""
    terminal = ToolCall("t", "terminal", json.dumps({"command": "sed -i s/a/b/ src/App.tsx"}))
    workshop = FakeWorkshop(command_changes={"src/App.tsx": "by command", "package.json": "evil"})
    model = ScriptedModel(script(code=[says("", terminal), DONE]))
    result = await walk(model, RecordingVoice(), workshop)
    assert result.version.tree.files == {**CARD.files, "src/App.tsx": "by command"}


async def test_iterations_are_bounded() -> None:
    """A model that never sums up stops after eight calls, and what it wrote is checked."""
    busy = [says("", write("src/App.tsx", f"app {n}", f"c{n}")) for n in range(20)]
    model = ScriptedModel(script(code=[*busy]))
    await walk(model, RecordingVoice(), FakeWorkshop())
    assert sum(call.role is Role.CODE for call in model.asked) == 8


async def test_the_summary_is_not_shown_as_text() -> None:
    """It is for the machine; viewers get the response instead."""
    voice = RecordingVoice()
    await walk(ScriptedModel(script()), voice, FakeWorkshop())
    assert voice.said("code-1") == "I write it."
    assert voice.said("code-2") == ""
    assert voice.said("response") == "Here it is."
