"""One run has one writer at a time, whatever sleeps and wakes; and many readers."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from nats.js import api

from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import RunKind
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.errors import Fenced, Transient
from millstream_shared.runtime.run_log import Entry, RunWriter, read_entries


async def read(bus: Bus, message_id: str, after: int = 0, batch: int = 256) -> list[Entry]:
    subject = subjects.run_entry(message_id, RunKind.DELTA)
    return [e async for e in read_entries(bus.client, subject, after=after, batch=batch)]


async def test_a_writer_that_was_overtaken_is_refused_whatever_it_writes(bus: Bus) -> None:
    """The fence counts all kinds: a paused agent cannot slip in a fact or a delta."""
    message_id = uuid4().hex
    paused = await RunWriter.open(bus, message_id, attempt=1)
    await paused.append(RunKind.DELTA, b'{"n":1}')
    successor = await RunWriter.open(bus, message_id, attempt=2)
    await successor.append(RunKind.STATUS, b"{}")
    for kind in RunKind:
        with pytest.raises(Fenced):
            await paused.append(kind, b'{"n":"stale"}')
    await successor.append(RunKind.DELTA, b'{"n":2}')
    assert [entry.data for entry in await read(bus, message_id)] == [b'{"n":1}', b'{"n":2}']


async def test_a_cancelled_append_does_not_fence_its_own_writer(bus: Bus) -> None:
    """Cancelled at any moment, an append is stored or not, and the writer knows which."""
    message_id = uuid4().hex
    writer = await RunWriter.open(bus, message_id, attempt=1)
    for delay in (0, 0, 0.0001, 0.0002, 0.0004, 0.0008, 0.0016, 0.0032):
        appending = asyncio.ensure_future(writer.append(RunKind.DELTA, b"{}"))
        await asyncio.sleep(delay)
        appending.cancel()
        await asyncio.gather(appending, return_exceptions=True)
        await writer.append(RunKind.DELTA, b"{}")
    assert (await read(bus, message_id))[-1].seq == writer.last_seq


class AckLosingBus(Bus):
    """Stores what it is given, and then says that the broker is away, once."""

    lost = False

    async def publish(self, *args: Any, **options: Any) -> api.PubAck:
        ack = await super().publish(*args, **options)
        if not self.lost:
            self.lost = True
            raise Transient("the ack was lost")
        return ack


async def test_a_lost_ack_does_not_fence_its_own_writer(bus: Bus) -> None:
    """The entry is sent again, found to be there, and the run goes on."""
    message_id = uuid4().hex
    writer = RunWriter(AckLosingBus(bus.client), message_id, 1, 0)
    await writer.append(RunKind.DELTA, b'{"n":1}')
    await writer.append(RunKind.DELTA, b'{"n":2}')
    assert [entry.data for entry in await read(bus, message_id)] == [b'{"n":1}', b'{"n":2}']


async def test_of_many_writers_that_start_together_one_wins(bus: Bus) -> None:
    """Twenty agents with the same idea of the log: exactly one entry per round is stored."""
    message_id = uuid4().hex
    for expected in range(1, 4):
        writers = [await RunWriter.open(bus, message_id, attempt) for attempt in range(20)]
        outcomes = await asyncio.gather(
            *(writer.append(RunKind.DELTA, b"{}") for writer in writers), return_exceptions=True
        )
        assert sum(isinstance(outcome, int) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, Fenced) for outcome in outcomes) == 19
        assert len(await read(bus, message_id)) == expected


async def test_runs_do_not_fence_each_other(bus: Bus) -> None:
    """The log is one stream, the fence is per run."""
    one, two = uuid4().hex, uuid4().hex
    first, second = await RunWriter.open(bus, one, 1), await RunWriter.open(bus, two, 1)
    for _ in range(3):
        await first.append(RunKind.DELTA, b"{}")
        await second.append(RunKind.DELTA, b"{}")
    assert len(await read(bus, one)) == len(await read(bus, two)) == 3


@pytest.mark.parametrize("batch", [1, 3, 7, 256])
async def test_reading_in_pages_misses_nothing(bus: Bus, batch: int) -> None:
    """Any page size, any cursor: the rest of the log, in order."""
    message_id = uuid4().hex
    writer = await RunWriter.open(bus, message_id, 1)
    written = [await writer.append(RunKind.DELTA, b'{"n":%d}' % n) for n in range(7)]
    await writer.append(RunKind.JOURNAL, b"not for viewers")
    assert [e.seq for e in await read(bus, message_id, batch=batch)] == written
    assert [e.seq for e in await read(bus, message_id, written[2], batch)] == written[3:]
    assert await read(bus, message_id, written[-1], batch) == []


async def test_the_broker_repeats_every_delta_with_its_place(bus: Bus) -> None:
    """Live viewers get the stored bytes, the sequence, and that of the one before."""
    message_id = uuid4().hex
    subscription = await bus.client.subscribe(f"live.run.{message_id}.delta")
    writer = await RunWriter.open(bus, message_id, 1)
    first = await writer.append(RunKind.DELTA, b"one")
    await writer.append(RunKind.STATUS, b"for the store")
    second = await writer.append(RunKind.DELTA, b"two")
    seen = [await subscription.next_msg(timeout=5) for _ in range(2)]
    assert [message.data for message in seen] == [b"one", b"two"]
    assert [message.headers["Nats-Sequence"] for message in seen if message.headers] == [
        str(first),
        str(second),
    ]
    assert seen[1].headers is not None
    assert seen[1].headers["Nats-Last-Sequence"] == str(first)
