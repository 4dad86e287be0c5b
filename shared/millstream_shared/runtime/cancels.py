"""Runs to be stopped: a bucket's key per message, heard of within a network hop."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError
from nats.js.kv import KeyValue

from millstream_shared.contracts import subjects
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.errors import Transient

UPDATES = f"$KV.{subjects.CANCEL}.*"
"""What a put into the bucket publishes: one plain subscription hears of all, without a consumer."""


LOOK_AGAIN_SECONDS = 3.0
"""How often the bucket is read, should word of a cancel have been lost in a reconnect."""


async def cancel(bus: Bus, message_id: str) -> None:
    """Asks every service to stop work for a message; raises Transient.

    The same as a put, without asking first whether the bucket is there.
    """
    await bus.publish(
        f"KV_{subjects.CANCEL}",
        f"$KV.{subjects.CANCEL}.{message_id}",
        b"cancelled",
        message_id=uuid4().hex,  # a second cancel is to be heard, too
    )


class CancelBoard:
    """Knows which messages were cancelled. One per process."""

    def __init__(self, bucket: KeyValue) -> None:
        self._bucket = bucket
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    @classmethod
    async def open(cls, bus: Bus) -> "CancelBoard":
        board = cls(await bus.js.key_value(subjects.CANCEL))
        await bus.client.subscribe(UPDATES, cb=board._hear)
        return board

    async def cancelled(self, message_id: str) -> bool:
        """Whether it was; raises Transient when the broker does not answer."""
        try:
            await self._bucket.get(message_id)
        except NotFoundError:
            return False
        except (NatsError, OSError) as error:
            raise Transient(f"the broker does not tell of cancels: {error!r}") from error
        return True

    async def until_cancelled(self, message_id: str) -> None:
        """Returns once the message is cancelled: heard of at once, or found within seconds.

        A broker that is away cancels nothing; it is asked again when it may be back.
        """
        with self.watch(message_id) as heard:
            while not await self._found(message_id):
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                        await heard.wait()
                        return

    @contextmanager
    def watch(self, message_id: str) -> Iterator[asyncio.Event]:
        """An event that is set when the message is cancelled from now on."""
        event = asyncio.Event()
        self._waiting[message_id].add(event)
        try:
            yield event
        finally:
            self._waiting[message_id].discard(event)
            if not self._waiting[message_id]:
                del self._waiting[message_id]

    async def _found(self, message_id: str) -> bool:
        with suppress(Transient):
            return await self.cancelled(message_id)
        return False

    async def _hear(self, message: Msg) -> None:
        for event in self._waiting.get(message.subject.rpartition(".")[2], ()):
            event.set()
