"""Reading facts off the run log: redelivered until applied, never applied twice."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import MessageStatus, MessageType
from millstream_shared.contracts.facts import ContentGrew, RunFact, RunFinished, RunStarted
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.dead import letters
from millstream_shared.runtime.errors import Transient
from millstream_shared.runtime.streams import declare
from millstream_store.adapters.fact_consumer import (
    DURABLE,
    FETCH_SECONDS,
    FactConsumer,
    Farewell,
    Handler,
)
from millstream_store.adapters.workers import Workers
from tests.integration.store.stored import PUBLIC_EVENTS, Store, eventually
from tests.support.broker import Broker


async def nothing(_: bytes) -> None:
    """For facts that are no end of a run."""


@asynccontextmanager
async def reading(
    broker: Broker, handler: Handler, most_deliveries: int = 10, farewell: Farewell = nothing
) -> AsyncIterator[Bus]:
    client = await broker.connect()
    bus = Bus(client)
    await declare(bus.js)
    workers = Workers()
    workers.start("facts", FactConsumer(bus, handler, farewell, most_deliveries).run)
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


async def put(bus: Bus, message: str, *facts: RunFact) -> None:
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


async def test_a_bad_fact_ends_among_the_dead_letters(store: Store, fresh_broker: Broker) -> None:
    """Given up after its last delivery, kept for an operator, and in nobody's way."""
    user, message = await store.begun()
    async with reading(fresh_broker, store.facts.on_run_facts, most_deliveries=1) as bus:
        await bus.publish(subjects.RUNS, f"run.{message}.status", b"no fact", message_id="bad")
        await put(bus, message, RunStarted(event_id="s", message_id=message, attempt=1))
        await settled(bus, 2)
        (letter,) = [letter async for letter in letters(bus)]
        await asyncio.sleep(1)
        info = await bus.js.consumer_info(subjects.RUNS, DURABLE)
    assert (letter.stream, letter.subject, letter.data, letter.deliveries) == (
        subjects.RUNS,
        f"run.{message}.status",
        b"no fact",
        1,
    )
    assert "Invalid JSON" in letter.reason
    assert (info.num_ack_pending, info.num_redelivered) == (0, 0)
    assert (await store.message(user, message)).status is MessageStatus.STREAMING


async def test_a_wiped_broker_is_read_again(store: Store, fresh_broker: Broker) -> None:
    """Stream and consumer are gone and come back: reading goes on by itself, within seconds."""
    user, message = await store.begun()
    async with reading(fresh_broker, store.facts.on_run_facts) as bus:
        await put(bus, message, RunStarted(event_id="s", message_id=message, attempt=1))
        await settled(bus, 1)
        await bus.js.delete_stream(subjects.RUNS)
        await asyncio.sleep(FETCH_SECONDS + 1)  # it has asked in vain at least once
        await declare(bus.js)
        await bus.publish(
            subjects.RUNS,
            f"run.{message}.status",
            ContentGrew(event_id="g", message_id=message, attempt=1, offset=0, text="Hi"),
            message_id="g",
        )

        async def is_read() -> bool:
            return (await store.message(user, message)).content == "Hi"

        await eventually(is_read, 5)


async def test_an_end_that_cannot_be_stored_still_ends_its_message(
    store: Store, fresh_broker: Broker
) -> None:
    """Refunded, with a reason, and the next in line goes on; the fact itself is kept aside."""
    user, message = await store.begun()
    end = RunFinished(
        event_id="f", message_id=message, attempt=1, outcome=MessageType.RESULT, content="x"
    )

    async def never(batch: Sequence[bytes]) -> Sequence[BaseException | None]:
        return [ValueError("a bug")] * len(batch)

    farewell = store.facts.on_hopeless_fact
    async with reading(fresh_broker, never, most_deliveries=1, farewell=farewell) as bus:
        await put(bus, message, end)
        await settled(bus, 1)
        assert len([letter async for letter in letters(bus)]) == 1
    seen = await store.message(user, message)
    assert (seen.status, seen.type, seen.reason) == (
        MessageStatus.COMPLETE,
        MessageType.ERROR,
        "result_lost",
    )
