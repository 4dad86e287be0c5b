"""The port to answers that were given before."""

from typing import Protocol

from millstream_agent.core.ports import ModelReply


class Replies(Protocol):
    """Complete answers by their question's key. Neither method raises: it is only a cache."""

    async def find(self, key: str) -> ModelReply | None: ...

    async def keep(self, key: str, reply: ModelReply) -> None: ...


class NoReplies:
    """Remembers nothing."""

    async def find(self, key: str) -> ModelReply | None:
        return None

    async def keep(self, key: str, reply: ModelReply) -> None:
        pass
