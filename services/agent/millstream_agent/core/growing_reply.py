"""Putting a streamed reply together from chunks in the Chat Completions form."""

from typing import Any

from millstream_agent.core.conversation import ToolCall
from millstream_agent.core.failures import ModelFailed
from millstream_agent.core.ports import ModelCall, ModelReply

CHARS_PER_TOKEN = 4
"""Rule of thumb for English and code, used only where the provider sent no usage."""


class GrowingReply:
    """Takes chunks; `reply` is what is there so far."""

    def __init__(self, call: ModelCall) -> None:
        self._call = call
        self._parts: dict[int, dict[str, str]] = {}
        self.reply = ModelReply()

    @property
    def has_content(self) -> bool:
        """Whether anything of the answer itself has come; an empty role chunk does not count."""
        return bool(self.reply.text or self.reply.calls)

    def add(self, chunk: dict[str, Any]) -> None:
        """Takes one chunk in; raises ModelFailed when it carries an error."""
        if problem := chunk.get("error"):
            raise ModelFailed("in_band_error", f"the provider reported: {str(problem)[:300]}")
        self.reply.model = chunk.get("model") or self.reply.model
        self._count(chunk.get("usage"))
        for choice in chunk.get("choices") or ():
            self._take(choice)

    def whole(self) -> ModelReply:
        """The complete reply; raises ModelFailed when the provider never said it was complete."""
        if self.reply.finish_reason is None:
            raise ModelFailed("truncated", "the stream ended without a finish_reason")
        if self.reply.finish_reason in {"error", "content_filter"}:
            raise ModelFailed(self.reply.finish_reason, "the provider gave the answer up")
        if not self.has_content:
            raise ModelFailed("empty", "the answer was empty")
        if self.reply.estimated:
            self._estimate()
        return self.reply

    def _take(self, choice: dict[str, Any]) -> None:
        delta = choice.get("delta") or {}
        if text := delta.get("content"):
            self.reply.text += text
        for piece in delta.get("tool_calls") or ():
            self._take_call(piece)
        self.reply.finish_reason = choice.get("finish_reason") or self.reply.finish_reason

    def _take_call(self, piece: dict[str, Any]) -> None:
        index = piece.get("index") or 0
        function = piece.get("function") or {}
        part = self._parts.setdefault(index, {"id": "", "name": "", "arguments": ""})
        part["id"] = part["id"] or piece.get("id") or f"call_{index}"
        part["name"] = part["name"] or function.get("name") or ""
        part["arguments"] += function.get("arguments") or ""
        self.reply.calls = [ToolCall(**self._parts[n]) for n in sorted(self._parts)]

    def _count(self, usage: dict[str, Any] | None) -> None:
        if usage:
            self.reply.input_tokens = usage.get("prompt_tokens") or 0
            self.reply.output_tokens = usage.get("completion_tokens") or 0
            self.reply.estimated = False

    def _estimate(self) -> None:
        asked = sum(len(str(message)) for message in self._call.messages)
        said = len(self.reply.text) + sum(len(call.arguments) for call in self.reply.calls)
        self.reply.input_tokens = asked // CHARS_PER_TOKEN
        self.reply.output_tokens = said // CHARS_PER_TOKEN
