"""What the model says in each role."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from millstream_simulator.answer import Answer, answer
from millstream_simulator.conversation import read_conversation
from millstream_simulator.request import ChatRequest
from millstream_simulator.scenario import Scenario

Ask = Callable[..., ChatRequest]
Turn = Callable[..., list[dict[str, Any]]]
Say = Callable[..., Answer]


@pytest.fixture
def say(ask: Ask, library: Mapping[str, Scenario]) -> Say:
    """`say(role, prompt, *messages, **fields)`: the answer."""
    return lambda *args, **fields: answer(read_conversation(ask(*args, **fields)), library)


def test_the_code_agent_plays_the_turns_in_order(say: Say, turn: Turn) -> None:
    """Calls turn by turn, then the summary for ever."""
    one, two = turn(call_id="call_1"), turn(call_id="call_2")
    tools = [[call.name for call in say("code", "A counter", *done).calls] for done in ([], one)]
    assert tools == [["createOrUpdateFiles", "terminal"], ["editFile", "readFiles"]]
    ends = [say("code", "A counter", *one, *two, *more) for more in ([], turn(call_id="call_3"))]
    assert ends == [Answer("<task_summary>\nA counter with one button.\n</task_summary>")] * 2


def test_arguments_are_the_tools_json(say: Say) -> None:
    """Files carry the text of the scenario's source files."""
    write, look = say("code", "A counter").calls
    (file,) = json.loads(write.arguments)["files"]
    assert file["path"] == "src/App.tsx"
    assert file["content"].startswith("export default")
    assert json.loads(look.arguments) == {"command": "ls src"}


def test_only_declared_tools_are_called(say: Say) -> None:
    """A call of a tool that is not on offer is left out."""
    assert [call.name for call in say("code", "A counter", tools=["terminal"]).calls] == [
        "terminal"
    ]
    assert say("code", "A counter", tool_choice="none").calls == ()


def test_the_fix_agent_has_its_own_turns(say: Say) -> None:
    """Where a scenario has none, it says so and ends."""
    assert [call.name for call in say("fix", "A counter").calls] == ["editFile"]
    honest = say("fix", "A timer")
    assert "<task_summary>" in honest.text
    assert honest.calls == ()


@pytest.mark.parametrize(
    ("role", "text"),
    [
        ("selector", "vue"),
        ("title", "Pomodoro Timer"),
        ("response", "I built a timer."),
    ],
)
def test_the_small_roles(say: Say, role: str, text: str) -> None:
    """One short text each."""
    assert say(role, "A timer") == Answer(text)


def test_chat_is_friendly(say: Say) -> None:
    """Without a role the model still answers."""
    assert "Hello" in say("chat", "Hi").text


def test_an_unknown_prompt_gets_an_app_of_its_own(say: Say) -> None:
    """Title and prompt are filled in; as code it is escaped, as prose it is not."""
    prompt = 'Plan "my" garden'
    assert say("title", prompt) == Answer("Plan Garden")
    assert say("response", prompt) == Answer(f"I built Plan Garden for you: {prompt}")
    (write,) = say("code", prompt).calls
    content = json.loads(write.arguments)["files"][0]["content"]
    assert r'const prompt = "Plan \u0022my\u0022 garden";' in content
    assert "<h1 title={prompt}>Plan Garden</h1>" in content
