"""The law of a conversation's order: every tool call is answered at once, and nothing else is."""

from millstream_simulator.errors import Refusal
from millstream_simulator.message import Message


def check_history(messages: tuple[Message, ...]) -> None:
    """Raise a Refusal (400) if the messages cannot follow each other like this."""
    open_calls: set[str] = set()
    asked_at = 0
    for at, message in enumerate(messages):
        if message.role == "tool":
            _close_call(open_calls, message, at)
            continue
        _refuse_orphans(open_calls, asked_at)
        if message.role == "assistant":
            open_calls, asked_at = {call.id for call in message.tool_calls or ()}, at
        _check_content(message, at)
    _refuse_orphans(open_calls, asked_at)


def _close_call(open_calls: set[str], message: Message, at: int) -> None:
    if message.tool_call_id not in open_calls:
        text = (
            "messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
        )
        raise Refusal(400, f"Invalid parameter: {text}", param=f"messages.[{at}].role")
    open_calls.remove(message.tool_call_id)


def _refuse_orphans(open_calls: set[str], asked_at: int) -> None:
    if open_calls:
        text = (
            "An assistant message with 'tool_calls' must be followed by tool messages "
            "responding to each 'tool_call_id'. The following tool_call_ids did not have "
            "response messages: "
        )
        names = ", ".join(sorted(open_calls))
        raise Refusal(400, text + names, param=f"messages.[{asked_at}].role")


def _check_content(message: Message, at: int) -> None:
    if message.content is None and not message.tool_calls:
        text = f"Invalid value for 'content' of messages[{at}]: expected a string, got null."
        raise Refusal(400, text, param=f"messages.[{at}].content")
