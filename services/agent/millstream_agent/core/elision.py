"""Leaving out of a long conversation what it has outgrown: contents, never a call or its result.

Arguments stay valid JSON, every call keeps its result, and what was left out can be read again.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from millstream_agent.core.conversation import ChatMessage

LONG: Final = 400
"""Characters from which a content is worth leaving out."""
HEAD: Final = 80
PLACEHOLDER: Final = re.compile(r"\[\d+ characters left out here; readFiles shows the file\]")


def placeholder(text: str) -> str:
    return f"[{len(text)} characters left out here; readFiles shows the file]"


def elided(messages: Sequence[ChatMessage], keep: int) -> list[ChatMessage] | None:
    """The conversation without long contents, but for the last `keep` replies and their results.

    None when there is nothing to leave out.
    """
    replies = [at for at, message in enumerate(messages) if message.get("tool_calls")]
    until = len(messages) if not keep else replies[-keep] if len(replies) >= keep else 0
    shorter = [
        _without_contents(message) if at < until else message for at, message in enumerate(messages)
    ]
    return None if shorter == list(messages) else shorter


def _without_contents(message: ChatMessage) -> ChatMessage:
    if message["role"] == "tool" and len(message["content"] or "") > LONG:
        content = message["content"]
        return {**message, "content": f"{content[:HEAD]} {placeholder(content)}"}
    if calls := message.get("tool_calls"):
        return {**message, "tool_calls": [_shorter(call) for call in calls]}
    return message


def _shorter(call: dict[str, Any]) -> dict[str, Any]:
    function = call["function"]
    try:
        arguments = json.loads(function["arguments"])
        emptied = _emptied(arguments)
    except (ValueError, RecursionError):
        return call
    if emptied == arguments:
        return call
    # In ASCII: half a surrogate pair, which a model may write, cannot be sent otherwise.
    written = json.dumps(emptied, separators=(",", ":"))
    return {**call, "function": {**function, "arguments": written}}


def _emptied(value: Any) -> Any:
    """The same value with a placeholder for every long text in it."""
    if isinstance(value, str):
        return placeholder(value) if len(value) > LONG else value
    if isinstance(value, list):
        return [_emptied(each) for each in value]
    if isinstance(value, dict):
        return {name: _emptied(each) for name, each in value.items()}
    return value
