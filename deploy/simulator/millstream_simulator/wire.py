"""The wire format of a stream: steps as server-sent chunks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, assert_never

import orjson

from millstream_simulator.errors import error_body
from millstream_simulator.faults import Cut, Garbled, InBandError, Misplaced, Stall, Step
from millstream_simulator.steps import (
    Arguments,
    Begin,
    Chunk,
    Done,
    Finish,
    OpenCall,
    Text,
    Usage,
)

FINGERPRINT = "fp_millstream1"
DONE = b"data: [DONE]\n\n"
KEEP_ALIVE = b": keep-alive\n\n"
BROKEN = error_body("The provider failed in mid-stream.", kind="server_error", code="server_error")


@dataclass(frozen=True)
class Frame:
    """Bytes to send, and the tokens that it takes to make them."""

    data: bytes
    tokens: int


Beat = Frame | Stall | Cut


@dataclass(frozen=True)
class Stamp:
    """What every chunk of a completion repeats; `digest` is hex, `created` in Unix seconds."""

    digest: str
    created: int
    model: str

    def envelope(self, kind: str) -> dict[str, Any]:
        """The common fields."""
        return {
            "id": f"chatcmpl-{self.digest[:29]}",
            "object": kind,
            "created": self.created,
            "model": self.model,
            "service_tier": "default",
            "system_fingerprint": FINGERPRINT,
        }

    def call_id(self, index: int) -> str:
        """The id of a tool call."""
        return f"call_{self.digest[:22]}{index:02d}"


def stream_beats(steps: Iterable[Step], stamp: Stamp, *, usage: bool) -> Iterator[Beat]:
    """The answer as events; with `usage`, every chunk has the field, the last one its figures."""
    envelope = stamp.envelope("chat.completion.chunk") | ({"usage": None} if usage else {})
    for step in steps:
        match step:
            case Stall() | Cut():
                yield step
            case Done():
                yield Frame(DONE, 0)
            case InBandError():
                yield Frame(_event(BROKEN), 0)
            case Usage():
                if usage:
                    figures = {"choices": [], "usage": usage_figures(step)}
                    yield Frame(_event(envelope | figures), 0)
            case _:
                yield Frame(_content_event(step, stamp, envelope), step.tokens)


def _content_event(
    step: Chunk | Garbled | Misplaced, stamp: Stamp, envelope: dict[str, Any]
) -> bytes:
    match step:
        case Garbled(inner):
            whole = _event(envelope | _chunk(inner, stamp))
            return whole[: len(whole) // 2] + b"\n\n"
        case Misplaced(inner):
            return _event(envelope | _at_first_index(_chunk(inner, stamp)))
        case _:
            return _event(envelope | _chunk(step, stamp))


def _event(data: object) -> bytes:
    return b"data: " + orjson.dumps(data) + b"\n\n"


def _chunk(step: Chunk, stamp: Stamp) -> dict[str, Any]:
    match step:
        case Begin(has_text):
            return _delta(
                {"role": "assistant", "content": "" if has_text else None, "refusal": None}
            )
        case Text(text):
            return _delta({"content": text})
        case OpenCall(index, name):
            call = {"index": index, "id": stamp.call_id(index), "type": "function"}
            return _delta({"tool_calls": [call | {"function": {"name": name, "arguments": ""}}]})
        case Arguments(index, fragment):
            return _delta({"tool_calls": [{"index": index, "function": {"arguments": fragment}}]})
        case Finish(reason):
            return _delta({}, reason)
        case _:
            assert_never(step)


def _at_first_index(chunk: dict[str, Any]) -> dict[str, Any]:
    for call in chunk["choices"][0]["delta"]["tool_calls"]:
        call["index"] = 0
    return chunk


def _delta(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]}


def usage_figures(usage: Usage) -> dict[str, Any]:
    """The usage object."""
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.prompt + usage.completion,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }
