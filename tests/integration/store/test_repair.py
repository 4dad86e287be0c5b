"""Repair: what the broker lost is asked for again, what it has is left alone."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest

from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import MessageType
from millstream_shared.contracts.facts import ContentGrew, RunFinished, RunStarted
from millstream_shared.contracts.generation import GenerationRequested
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.errors import Transient
from millstream_shared.runtime.streams import STREAMS, declare
from millstream_store.adapters.generation_queue import GenerationQueue
from millstream_store.adapters.outbox_relay import OutboxRelay
from millstream_store.handlers.repairing import Repair
from tests.integration.store.stored import Store
from tests.support.broker import Broker

SECONDS = 0.05


@pytest.fixture
async def bus(fresh_broker: Broker) -> AsyncIterator[Bus]:
    """A broker of this test alone."""
    client = await fresh_broker.connect()
    bus = Bus(client)
    await declare(bus.js)
    yield bus
    await client.close()


def repair_of(store: Store, bus: Bus) -> Repair:
    ring = partial(store.rings.append, None)
    return Repair(store.database, GenerationQueue(bus), store.lines, SECONDS, ring)


async def relay(store: Store, bus: Bus) -> None:
    await OutboxRelay(store.database, bus, asyncio.Event()).publish_batch()


async def sweep(*repairs: Repair, times: int = 1) -> None:
    """All at once, `times` times, each time after a pause that makes messages overdue."""
    for _ in range(times):
        await asyncio.sleep(3 * SECONDS)
        await asyncio.gather(*(repair.sweep() for repair in repairs))


async def queued(bus: Bus) -> int:
    return (await bus.js.stream_info(subjects.GENERATIONS)).state.messages


async def test_a_lost_request_is_made_again(store: Store, bus: Bus) -> None:
    """At the second look; it is the same request, on the same lane."""
    user, message = await store.begun()
    await relay(store, bus)
    before = await bus.js.get_last_msg(subjects.GENERATIONS, subjects.queued(message))
    await bus.js.purge_stream(subjects.GENERATIONS)
    repair = repair_of(store, bus)
    await sweep(repair)
    assert await queued(bus) == 0
    await sweep(repair)
    after = await bus.js.get_last_msg(subjects.GENERATIONS, subjects.queued(message))
    assert after.subject == before.subject == f"generation.requested.high.{user}.{message}"
    assert GenerationRequested.decode(after.data or b"") == GenerationRequested.decode(
        before.data or b""
    )
    await sweep(repair, times=3)
    assert await queued(bus) == 1


async def test_a_wiped_broker_is_refilled(store: Store, bus: Bus) -> None:
    """Nothing is left of the stream: every message that is due is asked for again, those who wait
    in line are not."""
    user = await store.user()
    projects = [await store.project(user) for _ in range(2)]
    for project in projects * 2:
        await store.begin(user, project)
    await relay(store, bus)
    await bus.js.delete_stream(subjects.GENERATIONS)
    repair = repair_of(store, bus)
    with pytest.raises(Transient):
        await sweep(repair)
    await declare(bus.js)
    await sweep(repair, times=2)
    assert await queued(bus) == 2


async def test_two_replicas_ask_once(store: Store, bus: Bus) -> None:
    """Sweeping at the same moments."""
    await store.begun()
    await relay(store, bus)
    await bus.js.purge_stream(subjects.GENERATIONS)
    await sweep(*(repair_of(store, bus) for _ in range(4)), times=5)
    assert await queued(bus) == 1


async def test_a_run_that_goes_on_is_left_alone(store: Store, bus: Bus) -> None:
    """Missing, but with a fact between any two looks: its end is on its way."""
    _, message = await store.begun()
    repair = repair_of(store, bus)
    await relay(store, bus)
    await bus.js.purge_stream(subjects.GENERATIONS)
    await store.tell(RunStarted(event_id="s", message_id=message, attempt=1))
    for offset in range(4):
        await store.tell(
            ContentGrew(
                event_id=f"g{offset}", message_id=message, attempt=1, offset=offset, text="x"
            )
        )
        await sweep(repair)
    assert await queued(bus) == 0


async def test_what_is_complete_young_or_unpublished_is_left_alone(store: Store, bus: Bus) -> None:
    """None of these is lost."""
    repair = repair_of(store, bus)
    user, message = await store.begun()
    await relay(store, bus)
    await bus.js.purge_stream(subjects.GENERATIONS)
    await store.tell(
        RunFinished(
            event_id="e", message_id=message, attempt=1, outcome=MessageType.RESULT, content=""
        )
    )
    await store.begin(user, await store.project(user))  # the outbox has it still
    await sweep(repair, times=3)
    assert await queued(bus) == 0
    patient = Repair(store.database, GenerationQueue(bus), store.lines, 60, lambda: None)
    await relay(store, bus)
    await bus.js.purge_stream(subjects.GENERATIONS)
    await sweep(patient, times=3)
    assert await queued(bus) == 0


async def test_a_full_queue_is_tried_again(store: Store, bus: Bus) -> None:
    """A request that finds no room now finds it later."""
    _, message = await store.begun()
    await relay(store, bus)
    await bus.js.purge_stream(subjects.GENERATIONS)
    config = next(stream for stream in STREAMS if stream.name == subjects.GENERATIONS)
    await bus.js.update_stream(config.evolve(max_msgs=1))
    await bus.publish(
        subjects.GENERATIONS, "generation.requested.low.somebody.other", b"", message_id="other"
    )
    repair = repair_of(store, bus)
    await sweep(repair)
    with pytest.raises(Transient):
        await sweep(repair)
    await bus.js.purge_stream(subjects.GENERATIONS)
    await sweep(repair)
    assert await bus.js.get_last_msg(subjects.GENERATIONS, subjects.queued(message))


async def test_a_stalled_line_moves(store: Store, bus: Bus) -> None:
    """A message whose turn has come but which nobody dispatched, and only those."""
    user = await store.user()
    project = await store.project(user)
    begun = [(await store.begin(user, project)).message.id for _ in range(2)]
    await store.sql('UPDATE "Message" SET "dispatchedAt" = NULL WHERE "id" = $1', begun[0])
    await store.sql('DELETE FROM "Outbox" WHERE "eventId" = $1', begun[0])
    assert (await store.message(user, begun[0])).waiting is not None
    rings = len(store.rings)
    await sweep(repair_of(store, bus))
    assert (await store.message(user, begun[0])).waiting is None
    assert (await store.message(user, begun[1])).waiting is not None
    assert len(store.rings) == rings + 1


async def test_a_user_at_the_limit_has_no_stalled_line(store: Store, bus: Bus) -> None:
    """Who runs as many as may be just waits."""
    user = await store.user()
    for _ in range(4):
        await store.begin(user, await store.project(user))
    rings = len(store.rings)
    await sweep(repair_of(store, bus))
    assert len(store.rings) == rings
