"""A prompt as a model reads it: the tools on offer, then message after message."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from millstream_simulator.message import Message
from millstream_simulator.request import ChatRequest
from millstream_simulator.tokens import count

MESSAGE_TOKENS = 4
"""What a message costs beside its content, by the rule of thumb for chat models."""


@dataclass(frozen=True)
class Part:
    """The tools, or a message; `prefix` identifies it together with all that comes before."""

    prefix: str
    tokens: int


def read_prompt(request: ChatRequest) -> tuple[Part, ...]:
    """The parts of a request's prompt, in order."""
    parts: list[Part] = []
    for text, tokens in _pieces(request):
        before = parts[-1].prefix if parts else ""
        parts.append(Part(hash_of(before, text), tokens))
    return tuple(parts)


def hash_of(*parts: str) -> str:
    """A short digest, in hex."""
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=20).hexdigest()


def _pieces(request: ChatRequest) -> Iterator[tuple[str, int]]:
    tools = [tool.model_dump_json() for tool in request.tools or ()]
    yield "\n".join(tools), sum(map(count, tools))
    for message in request.messages:
        yield message.model_dump_json(), _cost(message)


def _cost(message: Message) -> int:
    functions = [call.function for call in message.tool_calls or ()]
    texts = [text for function in functions for text in (function.name, function.arguments)]
    return count(message.text) + sum(map(count, texts)) + MESSAGE_TOKENS
