"""Which turn is due: work, polish, summary, as the conversation tells."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from millstream_simulator.conversation import read_conversation
from millstream_simulator.request import ChatRequest
from millstream_simulator.scenario import Scenario
from millstream_simulator.turns import due_turn

Ask = Callable[..., ChatRequest]
Turn = Callable[..., list[dict[str, Any]]]

ENOUGH = "You have already run this; go on, or end with <task_summary>."
SUMMARY = {"text": "<task_summary>Done.</task_summary>"}


def scenario(*code: dict[str, Any], polish: tuple[dict[str, Any], ...] = ()) -> Scenario:
    """A scenario of these turns and a summary."""
    return Scenario(
        title="T",
        framework="react",
        response="R",
        slug="s",
        texts={},
        code=(*code, SUMMARY),
        polish=polish,
    )


def runs(command: str) -> dict[str, Any]:
    """A turn that runs a command, which is also its text."""
    return {"text": command, "calls": [{"tool": "terminal", "command": command}]}


def reads(*paths: str) -> dict[str, Any]:
    """A turn that reads files unless they were shown."""
    call = {"tool": "readFiles", "paths": paths, "unless_shown": True}
    return {"text": "read", "calls": [call]}


POLISHER = scenario(runs("work"), polish=(runs("list"), runs("look")))


def said(script: Scenario, request: ChatRequest) -> str:
    """The due turn's text."""
    return due_turn(script, read_conversation(request)).text


def test_polish_goes_round_until_the_model_is_told_to_end(ask: Ask, turn: Turn) -> None:
    """One result that says so is enough."""
    done: list[dict[str, Any]] = []
    heard = []
    for number in range(6):
        heard.append(said(POLISHER, ask("code", "x", *done)))
        done += turn(call_id=f"call_{number}")
    assert heard == ["work", "list", "look", "list", "look", "list"]
    done[-1] |= {"content": ENOUGH}
    assert said(POLISHER, ask("code", "x", *done)) == SUMMARY["text"]


def test_a_nudge_or_no_tools_end_it_too(ask: Ask, turn: Turn) -> None:
    """Both leave nothing but the summary."""
    nudge = {"role": "user", "content": "Continue: end with <task_summary> now."}
    assert said(POLISHER, ask("code", "x", *turn(), nudge)) == SUMMARY["text"]
    assert said(POLISHER, ask("code", "x", *turn(), tool_choice="none")) == SUMMARY["text"]


def test_without_tools_unfinished_work_ends_in_the_summary(ask: Ask, turn: Turn) -> None:
    """A model that may call nothing can only sum up, and it has not forgotten where it was."""
    script = scenario(runs("one"), runs("two"))
    assert said(script, ask("code", "x", *turn())) == "two"
    assert said(script, ask("code", "x", *turn(), tool_choice="none")) == SUMMARY["text"]
    assert said(script, ask("code", "x", *turn(), *turn(call_id="call_2"))) == SUMMARY["text"]


def test_results_that_only_sound_like_it_do_not(ask: Ask, turn: Turn) -> None:
    """A file that says "already" is no word to the model, and the request is not one either."""
    asked, result = turn()
    result |= {"content": "This habit is already done."}
    assert said(POLISHER, ask("code", "Show <task_summary>", asked, result)) == "list"


def test_being_told_early_leaves_no_work_undone(ask: Ask, turn: Turn) -> None:
    """A repeated call in the middle is passed over."""
    script = scenario(runs("one"), runs("two"), polish=(runs("list"),))
    asked, result = turn()
    result |= {"content": ENOUGH}
    assert said(script, ask("code", "x", asked, result)) == "two"


def test_what_was_shown_is_not_read(ask: Ask, turn: Turn) -> None:
    """Its turn is left out; what was read since counts as a turn, not as shown."""
    script = scenario(reads("src/App.tsx", "src/a.ts"), runs("work"))
    app = '<file path="src/App.tsx">\nx\n</file>\n'
    both = app + '<file path="src/a.ts">\ny\n</file>\n'
    assert said(script, ask("code", f"{app}<request>x</request>")) == "read"
    assert said(script, ask("code", f"{both}<request>x</request>")) == "work"
    asked, result = turn()
    result |= {"content": both}
    assert said(script, ask("code", f"{app}<request>x</request>", asked, result)) == "work"


def test_other_calls_of_the_turn_are_made(ask: Ask) -> None:
    """Only the reading is needless."""
    both = {"text": "", "calls": [*reads("a.ts")["calls"], *runs("work")["calls"]]}
    shown = ask("code", '<file path="a.ts">x</file><request>x</request>')
    calls = due_turn(scenario(both), read_conversation(shown)).calls
    assert [call.tool for call in calls] == ["terminal"]


def test_a_polish_turn_needs_calls() -> None:
    """Without one the agent would take it for the end."""
    with pytest.raises(ValidationError, match="must have calls"):
        scenario(polish=({"text": "Nice."},))
