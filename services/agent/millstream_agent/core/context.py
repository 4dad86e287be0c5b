"""Overwrite me: the context builder goes here."""

from collections.abc import Sequence

from millstream_agent.core.conversation import ChatMessage


def shrink(messages: Sequence[ChatMessage]) -> list[ChatMessage] | None:
    return None
