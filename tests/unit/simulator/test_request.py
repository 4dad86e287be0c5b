"""Requests are refused as the real API refuses them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from millstream_simulator.errors import Refusal
from millstream_simulator.request import ChatRequest, parse_request

Ask = Callable[..., ChatRequest]
Turn = Callable[..., list[dict[str, Any]]]


def refusal_of(body: bytes) -> dict[str, Any]:
    """The error object that a body earns."""
    with pytest.raises(Refusal) as caught:
        parse_request(body)
    assert caught.value.status == 400
    error = caught.value.body["error"]
    assert error["type"] == "invalid_request_error"
    return dict(error)


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"model": None}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content"),
        ({"messages": [{"role": "user"}]}, "messages.[0].content"),
        ({"temperature": 3}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 5, "max_completion_tokens": 5}, "max_tokens"),
        ({"n": 2}, "n"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools[0].function.name"),
    ],
)
def test_the_field_at_fault_is_named(change: dict[str, Any], param: str) -> None:
    """A 400 says which parameter is wrong."""
    body = {"model": "sim-fast", "messages": [{"role": "user", "content": "x"}]} | change
    assert refusal_of(json.dumps(body).encode())["param"] == param


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"model": "\\ud800"}', b"[" * 10_000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    """Malformed bodies are the caller's fault."""
    assert refusal_of(body)["message"] == "We could not parse the JSON body of your request."


def test_an_orphaned_tool_call_is_refused(ask: Ask, turn: Turn) -> None:
    """Every tool call needs its result before the next message and before the end."""
    asked, result = turn()
    for messages in ([asked], [asked, {"role": "user", "content": "x"}, result]):
        with pytest.raises(Refusal, match=r"did not have response messages: call_1"):
            ask("code", "A timer", *messages)


def test_a_result_without_a_call_is_refused(ask: Ask, turn: Turn) -> None:
    """Nor may a call be answered twice."""
    asked, result = turn()
    for messages in ([result], [asked, result, result]):
        with pytest.raises(Refusal, match="must be a response to a preceding message"):
            ask("code", "A timer", *messages)


def test_parallel_calls_may_be_answered_in_any_order(ask: Ask, turn: Turn) -> None:
    """Order among the results is free."""
    (first, one), (second, two) = turn(), turn(call_id="call_2")
    first["tool_calls"] += second["tool_calls"]
    assert len(ask("code", "A timer", first, two, one).messages) == 5
