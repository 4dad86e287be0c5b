"""A broker with streams and a card, and a store that answers for one message."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from nats.aio.msg import Msg

from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import MessageStatus, RunKind
from millstream_shared.contracts.facts import RUN_FACT, RunFinished
from millstream_shared.contracts.generation import GenerationContext, GenerationRequested
from millstream_shared.contracts.store import GET_CONTEXT
from millstream_shared.runtime import streams
from millstream_shared.runtime.bus import Bus
from tests.fakes.agent import CARD
from tests.support.broker import Broker


class OneMessageStore:
    """Answers for one message; commits as soon as it sees the end. Can be away for a while."""

    def __init__(self, bus: Bus, event: GenerationRequested) -> None:
        self._bus = bus
        self._event = event
        self.status = MessageStatus.PENDING
        self.attempt = 0
        self.cancelled = False
        self.asked = 0
        self.away = False

    async def open(self) -> None:
        await self._bus.client.subscribe(GET_CONTEXT.subject, cb=self._answer)
        facts = subjects.run_entry(self._event.message_id, RunKind.STATUS)
        await self._bus.client.subscribe(facts, cb=self._apply)

    async def _answer(self, message: Msg) -> None:
        self.asked += 1
        if self.away:
            return
        context = GenerationContext(
            message_id=self._event.message_id,
            project_id=self._event.project_id,
            status=self.status,
            attempt=self.attempt,
            cancelled=self.cancelled,
            prompt="Build an app",
            framework=CARD.framework,
        )
        await message.respond(b'{"answer":%s}' % context.encode())

    async def _apply(self, message: Msg) -> None:
        if isinstance(RUN_FACT.validate_json(message.data), RunFinished):
            self.status = MessageStatus.COMPLETE
            subject = subjects.message_status_changed(
                self._event.project_id, self._event.message_id, self.status
            )
            await self._bus.client.publish(subject, b"{}")


@pytest.fixture
async def bus(fresh_broker: Broker) -> AsyncIterator[Bus]:
    client = await fresh_broker.connect()
    bus = Bus(client)
    await streams.declare(bus.js)
    cards = await bus.js.key_value(subjects.CARDS)
    await cards.put(CARD.framework, CARD.encode())
    yield bus
    await client.close()


@pytest.fixture
def event() -> GenerationRequested:
    return GenerationRequested.model_validate(
        {
            "message_id": uuid4().hex,
            "project_id": uuid4().hex,
            "user_id": "u",
            "requested_at": "2026-01-01T00:00:00Z",
        }
    )


@pytest.fixture
async def store(bus: Bus, event: GenerationRequested) -> OneMessageStore:
    store = OneMessageStore(bus, event)
    await store.open()
    return store
