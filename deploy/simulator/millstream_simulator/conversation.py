"""Reading a conversation: which role is asked for, what the user wants, how far we are."""

import json
import re
from dataclasses import dataclass
from enum import StrEnum

from millstream_simulator.message import Message
from millstream_simulator.request import ChatRequest


class Role(StrEnum):
    """The parts a model plays in a run."""

    SELECTOR = "selector"
    FIX = "fix"
    CODE = "code"
    TITLE = "title"
    RESPONSE = "response"
    CHAT = "chat"


# What the first line of the system message says, tried in this order.
MARKS = (
    ("framework selector", Role.SELECTOR),
    ("error-fix agent", Role.FIX),
    ("code agent", Role.CODE),
    ("title", Role.TITLE),
    ("response writer", Role.RESPONSE),
)
NUDGE = "Continue:"
REQUEST = re.compile(r"<request>(.*?)</request>", re.DOTALL)
SHOWN_FILE = re.compile(r"<file path=\"([^\"]+)\"[^>]*>")


@dataclass(frozen=True)
class Conversation:
    """What an answer depends on; `turn` counts from 0, `tried` counts failed turns too.

    `shown` are the paths of files whose text came with the request, `told_to_end` says that the
    model was told to end: by a result, by a nudge, or by being offered no tools.
    """

    role: Role
    system: str
    prompt: str
    turn: int
    tried: int
    declared: frozenset[str]
    shown: frozenset[str]
    told_to_end: bool


def read_conversation(request: ChatRequest) -> Conversation:
    """Make out role, prompt and turn from the messages alone."""
    system = "\n".join(m.text for m in request.messages if m.role in ("system", "developer"))
    at = _last_request(request.messages)
    since = [m for m in request.messages[at + 1 :] if m.role == "assistant"]
    return Conversation(
        role=_role(system, request.declared),
        system=system,
        prompt=_prompt(request.messages[at]) if at >= 0 else "",
        turn=sum(not _failed(message, request.known) for message in since),
        tried=len(since),
        declared=request.declared,
        shown=_shown(request.messages[: at + 1]),
        told_to_end=not request.declared or any(map(_says_end, request.messages[at + 1 :])),
    )


def _role(system: str, declared: frozenset[str]) -> Role:
    first_line = system.lstrip().partition("\n")[0].lower()
    named = (role for mark, role in MARKS if mark in first_line)
    return next(named, Role.CODE if declared else Role.CHAT)


def _last_request(messages: tuple[Message, ...]) -> int:
    """Where the last user message stands that is not a nudge; -1 if there is none."""
    asked = (
        at
        for at, message in enumerate(messages)
        if message.role == "user" and not message.text.lstrip().startswith(NUDGE)
    )
    return max(asked, default=-1)


def _prompt(message: Message) -> str:
    marked = REQUEST.search(message.text)
    return (marked[1] if marked else message.text).strip()


def _shown(messages: tuple[Message, ...]) -> frozenset[str]:
    return frozenset(path for message in messages for path in SHOWN_FILE.findall(message.text))


def _says_end(message: Message) -> bool:
    """A result that was known "already", or a nudge, that names the summary as the way to end."""
    if "task_summary" not in message.text:
        return False
    return message.role == "user" or (message.role == "tool" and "already" in message.text)


def _failed(message: Message, known: frozenset[str]) -> bool:
    """A turn with a call that could not be run is made again, as a model would after the error."""
    return any(
        call.function.name not in known or not _has_arguments(call.function.arguments)
        for call in message.tool_calls or ()
    )


def _has_arguments(text: str) -> bool:
    try:
        arguments = json.loads(text)
    except ValueError:
        return False
    return isinstance(arguments, dict) and bool(arguments)
