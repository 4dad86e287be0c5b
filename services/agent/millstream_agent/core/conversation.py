"""Chat messages in the form that OpenAI-compatible endpoints read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

ChatMessage = dict[str, Any]


@dataclass(frozen=True)
class ToolCall:
    """A call as the model wrote it; `arguments` is JSON text, or was meant to be."""

    id: str
    name: str
    arguments: str


def readable(call: ToolCall) -> ToolCall:
    """The call as it may be sent back. Arguments that are no JSON object would be refused."""
    try:
        whole = isinstance(json.loads(call.arguments or "{}"), dict)
    except (ValueError, RecursionError):
        whole = False
    return call if whole else replace(call, arguments="{}")


def system(text: str) -> ChatMessage:
    return {"role": "system", "content": text}


def user(text: str) -> ChatMessage:
    return {"role": "user", "content": text}


def assistant(text: str, calls: Sequence[ToolCall] = ()) -> ChatMessage:
    message: ChatMessage = {"role": "assistant", "content": text or None}
    if calls:
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in calls
        ]
    elif not text:
        message["content"] = ""
    return message


def tool_result(call_id: str, output: str) -> ChatMessage:
    return {"role": "tool", "tool_call_id": call_id, "content": output}
