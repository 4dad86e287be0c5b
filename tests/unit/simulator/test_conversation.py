"""Reading role, prompt and turn from the messages."""

from collections.abc import Callable
from typing import Any

import pytest

from millstream_simulator.conversation import Role, read_conversation
from millstream_simulator.request import ChatRequest

Ask = Callable[..., ChatRequest]
Turn = Callable[..., list[dict[str, Any]]]


@pytest.mark.parametrize("role", list(Role))
def test_role_comes_from_the_first_line(ask: Ask, role: Role) -> None:
    """Later lines of the system message name other roles and change nothing."""
    assert read_conversation(ask(role, "hello")).role is role


def test_unknown_role_with_tools_is_the_code_agent(ask: Ask) -> None:
    """Whoever offers tools wants them used."""
    assert read_conversation(ask("chat", "hello", tools=["terminal"])).role is Role.CODE


@pytest.mark.parametrize(
    ("message", "prompt"),
    [
        ("Build a clock", "Build a clock"),
        ("Context: x\n<request>\nBuild a\nclock\n</request>\nMind the rules.", "Build a\nclock"),
    ],
)
def test_prompt_is_the_marked_request_or_all(ask: Ask, message: str, prompt: str) -> None:
    """Instructions around the user's own words do not choose the scenario."""
    assert read_conversation(ask("code", message)).prompt == prompt


def test_text_parts_are_joined(ask: Ask) -> None:
    """Content may come as parts."""
    parts = [{"type": "text", "text": "a "}, {"type": "text", "text": "clock"}]
    later = {"role": "user", "content": parts}
    assert read_conversation(ask("chat", "hi", later)).prompt == "a clock"


def test_turns_are_counted_since_the_request(ask: Ask, turn: Turn) -> None:
    """Earlier exchanges do not count, nudges neither start anew nor count."""
    earlier = [{"role": "assistant", "content": "Done."}, {"role": "user", "content": "A clock"}]
    nudge = {"role": "user", "content": "Continue: call a tool or write the summary."}
    told = {"role": "assistant", "content": "Hm."}
    request = ask("code", "A timer", *earlier, *turn(), told, nudge, *turn(call_id="call_2"))
    conversation = read_conversation(request)
    assert (conversation.prompt, conversation.turn, conversation.tried) == ("A clock", 3, 3)


@pytest.mark.parametrize(
    ("tool", "arguments"), [("unheardOf", '{"a": 1}'), ("terminal", '{"comm'), ("terminal", "{}")]
)
def test_a_failed_call_is_made_again(ask: Ask, turn: Turn, tool: str, arguments: str) -> None:
    """A turn whose call could not be run counts as tried, not as done."""
    conversation = read_conversation(ask("code", "A timer", *turn(tool, arguments)))
    assert (conversation.turn, conversation.tried) == (0, 1)
