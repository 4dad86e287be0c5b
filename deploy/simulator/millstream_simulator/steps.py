"""An answer as the sequence of steps in which an endpoint delivers it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from millstream_simulator.answer import Answer
from millstream_simulator.tokens import split

FinishReason = Literal["stop", "tool_calls", "length", "content_filter", "error"]


@dataclass(frozen=True)
class Begin:
    """The role delta; content is null where only tool calls follow."""

    has_text: bool
    tokens: int = 0


@dataclass(frozen=True)
class Text:
    """One token of prose."""

    text: str
    tokens: int = 1


@dataclass(frozen=True)
class OpenCall:
    """A tool call's index and name, its arguments still empty."""

    index: int
    name: str
    tokens: int = 1


@dataclass(frozen=True)
class Arguments:
    """One token of a tool call's arguments."""

    index: int
    fragment: str
    tokens: int = 1


@dataclass(frozen=True)
class Finish:
    """The end of the answer and its reason."""

    reason: FinishReason
    tokens: int = 0


@dataclass(frozen=True)
class Usage:
    """Token counts, sent if asked for; `cached` is the part of the prompt read before."""

    prompt: int
    completion: int
    cached: int = 0
    tokens: int = 0


@dataclass(frozen=True)
class Done:
    """The end of the stream."""

    tokens: int = 0


Content = Text | OpenCall | Arguments
Chunk = Begin | Content | Finish
Regular = Chunk | Usage | Done


MAX_TOKENS = 50_000


def perform(answer: Answer, limit: int | None, prompt_tokens: int, cached: int) -> list[Regular]:
    """The steps of an answer of at most `limit` tokens, and never more than MAX_TOKENS."""
    content = list(_content(answer))
    kept = content[: min(limit or MAX_TOKENS, MAX_TOKENS)]
    whole = len(kept) == len(content)
    reason: FinishReason = "length" if not whole else "tool_calls" if answer.calls else "stop"
    usage = Usage(prompt_tokens, sum(step.tokens for step in kept), cached)
    return [Begin(bool(answer.text)), *kept, Finish(reason), usage, Done()]


def _content(answer: Answer) -> Iterator[Content]:
    for token in split(answer.text):
        yield Text(token)
    for index, call in enumerate(answer.calls):
        yield OpenCall(index, call.name)
        for fragment in split(call.arguments):
            yield Arguments(index, fragment)
