"""A tiny library, and requests in the shape in which the agent makes them."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from millstream_simulator.library import load_library
from millstream_simulator.request import ChatRequest, parse_request
from millstream_simulator.scenario import Scenario

TOOLS = ("createOrUpdateFiles", "readFiles", "editFile", "terminal")
SYSTEMS = {
    "selector": "You are a Framework Selector.\nChoose one of: nextjs, angular, react, vue, svelte",
    "code": "You are a code agent.\nYou may fix things and give a title.",
    "fix": "You are an error-fix agent.\nThe code agent left errors.",
    "title": "You write a short title.",
    "response": "You are a response writer.",
    "chat": "You are helpful.",
}


@pytest.fixture(scope="session")
def library() -> Mapping[str, Scenario]:
    """The tiny library."""
    return load_library(Path(__file__).parent / "data")


@pytest.fixture(scope="session")
def ask() -> Callable[..., ChatRequest]:
    """`ask(role, prompt, *messages, **fields)`; the agents declare all their tools."""

    def build(role: str, prompt: str, *messages: dict[str, Any], **fields: Any) -> ChatRequest:
        names = fields.pop("tools", TOOLS if role in ("code", "fix") else ())
        declared = [{"type": "function", "function": {"name": name}} for name in names]
        system = {"role": "system", "content": SYSTEMS[role]}
        start = [system, {"role": "user", "content": prompt}]
        body = {"model": "sim-instant", "messages": [*start, *messages], "tools": declared or None}
        return parse_request(json.dumps(body | fields).encode())

    return build


@pytest.fixture(scope="session")
def turn() -> Callable[..., list[dict[str, Any]]]:
    """`turn(tool, arguments, id)`: an assistant's call and its result."""

    def build(
        tool: str = "terminal", arguments: str = '{"command": "ls"}', call_id: str = "call_1"
    ) -> list[dict[str, Any]]:
        function = {"name": tool, "arguments": arguments}
        call = {"id": call_id, "type": "function", "function": function}
        asked = {"role": "assistant", "content": None, "tool_calls": [call]}
        return [asked, {"role": "tool", "tool_call_id": call_id, "content": "done"}]

    return build
