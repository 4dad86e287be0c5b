"""Reading facts off the run log: redelivered until applied, never applied twice."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import MessageStatus
from millstream_shared.contracts.facts import ContentGrew, RunStarted
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.errors import Transient
from millstream_shared.runtime.streams import declare
from millstream_store.adapters.fact_consumer import DURABLE, FactConsumer, Handler
from millstream_store.adapters.workers import Workers
from tests.integration.store.stored import PUBLIC_EVENTS, Store
from tests.support.broker import Broker


@asynccontextmanager
async def reading(broker: Broker, handler: Handler) -> AsyncIterator[Bus]:
    client = await broker.connect()
    bus = Bus(client)
    await declare(bus.js)
    workers = Workers()
    workers.start("facts", FactConsumer(bus, handler).run)
    yield bus
    await workers.stop()
    await client.close()


async def settled(bus: Bus, count: int) -> None:
    """Returns when `count` facts are acknowledged or given up."""
    async with asyncio.timeout(15):
        while True:
            await asyncio.sleep(0.05)
            info = await bus.js.consumer_info(subjects.RUNS, DURABLE)
            if info.ack_floor and info.ack_floor.consumer_seq >= count and not info.num_pending:
                return


async def put(bus: Bus, message: str, *facts: RunStarted | ContentGrew) -> None:
    for number, fact in enumerate(facts):
        await bus.publish(
            subjects.RUNS, f"run.{message}.status", fact, message_id=f"{message}-{number}"
        )


async def test_a_lost_acknowledgement_changes_nothing(store: Store, fresh_broker: Broker) -> None:
    """Applied, but handed back: the redelivered fact finds its id in the inbox."""
    user, message = await store.begun()
    deliveries = 0

    async def forgetful(batch: Sequence[bytes]) -> Sequence[BaseException | None]:
        nonlocal deliveries
        deliveries += len(batch)
        await store.facts.on_run_facts(batch)
        return [Transient("the acknowledgement was lost") if deliveries <= 2 else None] * len(batch)

    async with reading(fresh_broker, forgetful) as bus:
        await put(
            bus,
            message,
            RunStarted(event_id="e1", message_id=message, attempt=1),
            ContentGrew(event_id="e2", message_id=message, attempt=1, offset=0, text="Hello"),
        )
        await settled(bus, 4)
    assert deliveries == 4
    seen = await store.message(user, message)
    assert (seen.status, seen.content) == (MessageStatus.STREAMING, "Hello")
    assert len(await store.sql(PUBLIC_EVENTS)) == 2


async def test_facts_wait_in_order_while_nothing_can_be_applied(
    store: Store, fresh_broker: Broker
) -> None:
    """The batch is held, not handed back, so nothing can overtake it."""
    user, message = await store.begun()
    refusals = 2

    async def sometimes_away(batch: Sequence[bytes]) -> Sequence[BaseException | None]:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise Transient("the database is away")
        return await store.facts.on_run_facts(batch)

    async with reading(fresh_broker, sometimes_away) as bus:
        facts = [
            ContentGrew(event_id=f"e{n}", message_id=message, attempt=1, offset=n, text=str(n % 10))
            for n in range(150)
        ]
        await put(bus, message, RunStarted(event_id="s", message_id=message, attempt=1), *facts)
        await settled(bus, 151)
    assert (await store.message(user, message)).content == "0123456789" * 15
