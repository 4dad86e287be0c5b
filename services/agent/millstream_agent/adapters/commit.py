"""Knowing that the store has committed a run's end: its own public event says so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nats.aio.client import Client

from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import MessageStatus
from millstream_shared.contracts.generation import GenerationRequested
from millstream_shared.contracts.store import GET_CONTEXT, GetContext, Refused
from millstream_shared.runtime import rpc
from millstream_shared.runtime.errors import Transient

LOOK_SECONDS = 3.0
"""How long the event may take before the store is asked instead."""


class Committed:
    """Waits for the event, or, should it have been missed, for the store's word."""

    def __init__(self, client: Client, message_id: str, event: asyncio.Event) -> None:
        self._client = client
        self._message_id = message_id
        self._event = event

    async def wait(self, seconds: float) -> None:
        """Returns once the message is COMPLETE in the store; raises Transient after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                while not await self._heard() and not await self._stored():
                    pass
        except TimeoutError as error:
            raise Transient("the store did not confirm the end of the run") from error

    async def _heard(self) -> bool:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return await self._event.wait()
        except TimeoutError:
            return False

    async def _stored(self) -> bool:
        question = GetContext(message_id=self._message_id, history=0)
        try:
            context = await rpc.ask(self._client, GET_CONTEXT, question)
        except Refused as refused:
            if refused.refusal.code == "not_found":
                raise
            return False
        return context.status is MessageStatus.COMPLETE


@asynccontextmanager
async def commit_of(client: Client, message: GenerationRequested) -> AsyncIterator[Committed]:
    """Listens from before the end is written, so that the event cannot be missed."""
    event = asyncio.Event()
    subject = subjects.message_status_changed(
        message.project_id, message.message_id, MessageStatus.COMPLETE
    )

    async def hear(_: object) -> None:
        event.set()

    subscription = await client.subscribe(subject, cb=hear)
    try:
        yield Committed(client, message.message_id, event)
    finally:
        await subscription.unsubscribe()
