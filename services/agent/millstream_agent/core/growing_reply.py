"""Putting a streamed reply together from chunks in the Chat Completions form."""

from typing import Any, Final

from millstream_agent.core.conversation import ToolCall, readable
from millstream_agent.core.failures import ModelFailed
from millstream_agent.core.ports import ModelCall, ModelReply
from millstream_shared.contracts.enums import ErrorType

CHARS_PER_TOKEN: Final = 4
"""Rule of thumb for English and code, used only until, or where, the provider sent no usage."""
MOST_TOKENS: Final = 100_000_000
"""More than this in one call is no count."""
NEAR: Final = 0.9
"""Share of the longest answer from which on it may have been the limit that cut it."""
LONGEST_WORD: Final = 200
GIVEN_UP: Final = {"error": ErrorType.GAVE_UP, "content_filter": ErrorType.CONTENT_FILTER}


class GrowingReply:
    """Takes chunks; `reply` is what is there so far."""

    def __init__(self, call: ModelCall, number: int = 1, most_chars: float = float("inf")) -> None:
        self._call = call
        self._most_chars = most_chars
        self._parts: list[dict[str, str]] = []
        self._current: dict[int, dict[str, str]] = {}
        self.reply = ModelReply(number=number)
        self.chars = 0
        """Length of text and arguments so far."""
        self.newest = ""
        """What the last chunk added to them."""
        self.thought = 0
        """Length of what the model thought aloud before it answered."""

    @property
    def has_content(self) -> bool:
        """Whether anything of the answer itself has come; an empty role chunk does not count."""
        return bool(self.reply.text or self.reply.calls)

    @property
    def output_tokens(self) -> int:
        """By the provider's count if it has come, else by ours."""
        known = 0 if self.reply.estimated else self.reply.output_tokens
        return known or -(-(self.chars + self.thought) // CHARS_PER_TOKEN)

    def add(self, chunk: dict[str, Any]) -> None:
        """Takes one chunk in; raises ModelFailed when it is malformed or one too many."""
        self.newest = ""
        try:
            self._add(chunk)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ModelFailed(ErrorType.MALFORMED, "a chunk has not the form of one") from error
        if self.chars > self._most_chars:
            raise ModelFailed(ErrorType.TOO_LONG, f"the answer has over {self.chars} characters")

    def whole(self) -> ModelReply:
        """The complete reply; raises ModelFailed when the provider never said it was complete."""
        reason = self.reply.finish_reason
        if reason is None:
            raise ModelFailed(ErrorType.TRUNCATED, "the stream ended without a finish_reason")
        if reason in GIVEN_UP:
            raise ModelFailed(GIVEN_UP[reason], f"the provider ended the answer with {reason!r}")
        if not self.has_content:
            raise ModelFailed(ErrorType.EMPTY, "the answer was empty")
        return self.reply

    def check_calls(self, most_output: int) -> None:
        """Raises ModelFailed when a tool call's arguments break off, unless the limit cut them."""
        at_limit = self.reply.finish_reason == "length" and self.output_tokens >= most_output * NEAR
        if not at_limit and any(readable(call) != call for call in self.reply.calls):
            raise ModelFailed(ErrorType.TRUNCATED, "the arguments of a tool call break off")

    def _add(self, chunk: dict[str, Any]) -> None:
        self.reply.model = _word(chunk.get("model")) or self.reply.model
        self._count(chunk.get("usage"))
        for choice in chunk.get("choices") or ():
            self._take(choice)

    def _take(self, choice: dict[str, Any]) -> None:
        delta = choice.get("delta") or {}
        if text := delta.get("content"):
            self.reply.text += text
            self._grow(text)
        if thought := delta.get("reasoning_content") or delta.get("reasoning"):
            self.thought += len(thought)  # not shown, but a sign of life, and paid
        for piece in delta.get("tool_calls") or ():
            self._take_call(piece)
        self.reply.finish_reason = _word(choice.get("finish_reason")) or self.reply.finish_reason

    def _take_call(self, piece: dict[str, Any]) -> None:
        function = piece.get("function") or {}
        part = self._part(int(piece.get("index") or 0), _word(piece.get("id")))
        part["name"] = part["name"] or _word(function.get("name"))
        if arguments := function.get("arguments"):
            part["arguments"] += arguments
            self._grow(arguments)
        self.reply.calls = [ToolCall(**each) for each in self._parts]

    def _part(self, index: int, call_id: str) -> dict[str, str]:
        """The call that a piece belongs to. Some providers give all calls the same index."""
        part = self._current.get(index)
        if part is None or (call_id and part["id"] != call_id):
            number = len(self._parts)
            part = {"id": call_id or f"call_{number}", "name": "", "arguments": ""}
            self._current[index] = part
            self._parts.append(part)
        return part

    def _grow(self, text: str) -> None:
        self.newest += text
        self.chars += len(text)

    def _count(self, usage: dict[str, Any] | None) -> None:
        """Takes the provider's count, if it can be one."""
        if not usage:
            return
        details = usage.get("prompt_tokens_details") or {}
        asked, said = usage.get("prompt_tokens"), usage.get("completion_tokens")
        cached = details.get("cached_tokens") or 0
        if all(type(count) is int and 0 <= count <= MOST_TOKENS for count in (asked, said, cached)):
            self.reply.input_tokens = asked or 0
            self.reply.cached_input_tokens = min(cached, asked or 0)
            self.reply.output_tokens = said or 0
            self.reply.estimated = False


def input_estimate(call: ModelCall) -> int:
    """Tokens that the question has, tools included, by rule of thumb."""
    asked = sum(len(str(message)) for message in call.messages)
    return (asked + sum(len(str(tool)) for tool in call.tools)) // CHARS_PER_TOKEN


def _word(value: object) -> str:
    """A name or id; raises TypeError when it is something else."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError("a name is no string")
    return value[:LONGEST_WORD]
