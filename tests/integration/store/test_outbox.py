"""The outbox: published after the commit, in order, once."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator

import pytest
from nats.aio.msg import Msg

from millstream_shared.contracts import subjects
from millstream_shared.contracts.facts import RunStarted
from millstream_shared.contracts.messages import MessageStatusChanged
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.streams import STREAMS, declare
from millstream_store.adapters.outbox_relay import OutboxRelay
from millstream_store.adapters.workers import Workers
from millstream_store.sql.session import Session
from tests.integration.store.stored import Store
from tests.support.broker import Broker


@pytest.fixture
async def events(fresh_broker: Broker) -> AsyncIterator[Bus]:
    """A broker whose EVENTS stream is empty."""
    client = await fresh_broker.connect()
    bus = Bus(client)
    await declare(bus.js)
    yield bus
    await client.close()


async def put(session: Session, number: int) -> None:
    await session.run(
        "put_in_outbox",
        event_id=f"e{number}",
        subject=f"message.p.m{number}.PENDING",
        payload=b"{}",
        created_at=await session.value("clock"),
    )


async def published(bus: Bus) -> list[Msg]:
    subscription = await bus.js.subscribe("message.>", ordered_consumer=True)
    count = (await bus.js.stream_info(subjects.EVENTS)).state.messages
    found = [await subscription.next_msg(timeout=2) for _ in range(count)]
    await subscription.unsubscribe()
    return found


async def test_events_leave_in_order_with_their_headers(store: Store, events: Bus) -> None:
    """CloudEvents in binary mode; the id is the one that deduplicates."""
    _, message = await store.begun()
    await store.tell(RunStarted(event_id="e1", message_id=message, attempt=1))
    relay = OutboxRelay(store.database, events, asyncio.Event())
    assert await relay.publish_batch() == 3
    assert await relay.publish_batch() == 0
    pending, streaming = await published(events)
    assert pending.subject.endswith(f"{message}.PENDING")
    assert streaming.subject.endswith(f"{message}.STREAMING")
    event = MessageStatusChanged.decode(streaming.data)
    headers = streaming.headers or {}
    assert headers["Nats-Msg-Id"] == headers["ce-id"] == event.event_id
    assert headers["ce-specversion"] == "1.0"
    assert headers["ce-type"] == "millstream.message.status.changed.v1"
    assert headers["ce-source"] == "/millstream/store"
    assert headers["ce-subject"] == streaming.subject
    assert headers["content-type"] == "application/json"
    assert headers["ce-time"].endswith("Z")


async def test_a_crash_before_marking_publishes_once(store: Store, events: Bus) -> None:
    """The row is sent again under the same id, which the broker drops."""
    await store.begun()
    relay = OutboxRelay(store.database, events, asyncio.Event())
    await relay.publish_batch()
    await store.sql('UPDATE "Outbox" SET "publishedAt" = NULL')  # what a crash leaves behind
    assert await relay.publish_batch() == 2
    assert len(await published(events)) == 1


async def test_an_accepted_message_cannot_miss_the_queue(store: Store, events: Bus) -> None:
    """Whatever becomes of the gateway: the request leaves with the message, and only once."""
    begun = await store.begin(user := await store.user(), await store.project(user))
    assert begun.request is not None
    await events.publish(  # the gateway was quicker
        subjects.GENERATIONS,
        subjects.generation_requested(begun.request.lane, user, begun.message.id),
        begun.request,
        message_id=begun.message.id,
    )
    await OutboxRelay(store.database, events, asyncio.Event()).publish_batch()
    assert (await events.js.stream_info(subjects.GENERATIONS)).state.messages == 1


async def test_a_full_queue_holds_up_no_event(store: Store, events: Bus) -> None:
    """The request waits in the outbox; public events pass it."""
    queue = next(stream for stream in STREAMS if stream.name == subjects.GENERATIONS)
    await events.js.update_stream(queue.evolve(max_msgs=1))
    for _ in range(2):
        await store.begun()
    relay = OutboxRelay(store.database, events, asyncio.Event())
    assert await relay.publish_batch() == 3
    assert len(await published(events)) == 2
    await events.js.purge_stream(subjects.GENERATIONS)
    assert await relay.publish_batch() == 1


async def test_nothing_leaves_before_its_commit(store: Store, events: Bus) -> None:
    """A transaction that is not committed has told nobody."""
    relay = OutboxRelay(store.database, events, asyncio.Event())
    async with store.database.transaction() as session:
        await put(session, 1)
        assert await relay.publish_batch() == 0
    assert await relay.publish_batch() == 1


async def test_a_relay_at_work_needs_no_polling(store: Store, events: Bus) -> None:
    """The bell wakes it at once."""
    bell, workers = asyncio.Event(), Workers()
    workers.start("outbox", OutboxRelay(store.database, events, bell).run)
    heard = await events.client.subscribe("message.>")
    async with store.database.transaction() as session:
        await put(session, 1)
    bell.set()
    assert (await heard.next_msg(timeout=5)).subject == "message.p.m1.PENDING"
    await workers.stop()


async def test_replicas_do_not_overtake_each_other(store: Store, events: Bus) -> None:
    """Several relays at once publish each row once and in order."""
    for number in range(60):
        async with store.database.transaction() as session:
            await put(session, number)
    relays = [OutboxRelay(store.database, events, asyncio.Event()) for _ in range(4)]
    await asyncio.gather(*(relay.publish_batch() for relay in relays))
    assert [message.subject for message in await published(events)] == [
        f"message.p.m{number}.PENDING" for number in range(60)
    ]


async def test_a_hung_broker_holds_no_locks_for_long(
    store: Store, events: Bus, fresh_broker: Broker
) -> None:
    """The rows are given back after some seconds, and are published when the broker is back."""
    for _ in range(2):
        await store.begun()
    relay = OutboxRelay(store.database, events, asyncio.Event())
    fresh_broker.process.send_signal(signal.SIGSTOP)
    begin = time.monotonic()
    assert await relay.publish_batch() == 0
    assert time.monotonic() - begin < 6
    fresh_broker.process.send_signal(signal.SIGCONT)
    assert await relay.publish_batch() == 4
    assert len(await published(events)) == 2


async def test_a_broker_that_is_away_loses_nothing(
    store: Store, events: Bus, fresh_broker: Broker
) -> None:
    """Rows stay until the broker takes them."""
    await store.begun()
    await events.client.close()
    relay = OutboxRelay(store.database, events, asyncio.Event())
    assert await relay.publish_batch() == 0
    again = Bus(await fresh_broker.connect())
    assert await OutboxRelay(store.database, again, asyncio.Event()).publish_batch() == 2
    await again.client.close()
