"""A message of a chat, as the API takes it."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Part(BaseModel):
    """A lenient base: fields we do not act on are ignored, those we know must be right."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


def _join_text(content: object) -> object:
    """Content may come as parts; only their text matters here."""
    if not isinstance(content, list):
        return content
    return "".join(part["text"] for part in content if _is_text(part))


def _is_text(part: object) -> bool:
    return isinstance(part, dict) and isinstance(part.get("text"), str)


class CalledFunction(Part):
    """A function's name and its arguments, as JSON text."""

    name: str
    arguments: str


class ToolCall(Part):
    """A tool call that the assistant made earlier in the conversation."""

    id: str
    type: Literal["function"] = "function"
    function: CalledFunction


class Message(Part):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Annotated[str | None, BeforeValidator(_join_text)] = None
    tool_calls: tuple[ToolCall, ...] | None = None
    tool_call_id: str | None = None

    @property
    def text(self) -> str:
        """The content, or nothing."""
        return self.content or ""
