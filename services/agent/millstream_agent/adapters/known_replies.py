"""Answers that models gave before, by their question's key. Only a cache: nothing here raises."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Final
from uuid import uuid4

import structlog
from nats.errors import Error as NatsError
from nats.js import api
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from millstream_agent.core.ports import ModelReply
from millstream_shared.contracts import subjects
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.errors import Transient

COMPLETE: Final = frozenset({"stop", "tool_calls"})
MOST_BYTES: Final = 512 * 1024
PATIENCE_SECONDS: Final = 1.0
"""A cache that takes longer is no help."""
PIECE: Final = 300
"""Characters of a replayed answer that come at a time."""

REPLY: Final = TypeAdapter(ModelReply)

logger = structlog.get_logger()


class KnownReplies:
    """Entries of the stream REPLIES that are younger than `seconds`; the stream is bounded itself.

    Only complete answers of up to 512 KB are kept.
    """

    def __init__(self, bus: Bus, seconds: float, clock: Callable[[], float] = time.time) -> None:
        self._bus = bus
        self._seconds = seconds
        self._clock = clock

    async def find(self, key: str) -> ModelReply | None:
        """The whole answer, as it was kept."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                stored = await self._bus.last(subjects.REPLIES, subjects.known_reply(key))
        except (Transient, NatsError, TimeoutError) as error:
            logger.warning("known answers cannot be read", error=repr(error))
            return None
        return _read(stored) if stored and self._is_young(stored) else None

    async def keep(self, key: str, reply: ModelReply) -> None:
        if reply.finish_reason not in COMPLETE:
            return
        try:
            entry = REPLY.dump_json(reply)
            if len(entry) <= MOST_BYTES:
                await self._store(subjects.known_reply(key), entry)
        except (Transient, NatsError, TimeoutError, PydanticSerializationError) as error:
            logger.warning("an answer is not kept", error=repr(error))

    async def _store(self, subject: str, entry: bytes) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._bus.publish(subjects.REPLIES, subject, entry, message_id=uuid4().hex)

    def _is_young(self, stored: api.RawStreamMsg) -> bool:
        return stored.time is not None and self._clock() - stored.time.timestamp() < self._seconds


def _read(stored: api.RawStreamMsg) -> ModelReply | None:
    try:
        reply = REPLY.validate_json(stored.data or b"")
    except ValidationError:
        logger.warning("a known answer cannot be read", subject=stored.subject)
        return None
    return reply if reply.finish_reason in COMPLETE else None


async def replayed(reply: ModelReply) -> AsyncIterator[ModelReply]:
    """A whole reply as one that grows: the same object again and again, whole at the end."""
    growing = replace(reply, text="", calls=[], finish_reason=None)
    for text in _beginnings(reply.text):
        growing.text = text
        yield growing
        await asyncio.sleep(0)
    for call in reply.calls:
        growing.calls.append(call)
        for arguments in _beginnings(call.arguments):
            growing.calls[-1] = replace(call, arguments=arguments)
            yield growing
            await asyncio.sleep(0)
    growing.finish_reason = reply.finish_reason
    yield growing


def _beginnings(text: str) -> Iterator[str]:
    """Longer and longer ones, up to the whole text."""
    return (text[: start + PIECE] for start in range(0, len(text), PIECE))
