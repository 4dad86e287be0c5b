"""Asking for work, holding it, cancelling it: on a real broker."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from nats.js import api
from pydantic import SecretStr

from millstream_shared.contracts import subjects
from millstream_shared.contracts.checks import CommandFinished, CommandRequested
from millstream_shared.contracts.enums import Framework
from millstream_shared.runtime.blobs import BlobMissing, BlobStore
from millstream_shared.runtime.broker import build_broker
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.cancels import CancelBoard, cancel
from millstream_shared.runtime.desk import Desk
from millstream_shared.runtime.errors import Transient
from millstream_shared.runtime.leases import deliveries, hand_back, holding
from millstream_shared.runtime.settings import CommonSettings
from tests.support.broker import Broker


def request(message_id: str) -> CommandRequested:
    return CommandRequested(
        message_id=message_id, step="s1", framework=Framework.REACT, files={}, command="true"
    )


def done(message_id: str) -> CommandFinished:
    return CommandFinished(message_id=message_id, step="s1", exit_code=0, output="ok")


async def waiting(bus: Bus, subject: str) -> int:
    info = await bus.js.stream_info(subjects.CHECKS, subjects_filter=subject)
    return sum((info.state.subjects or {}).values())


async def test_an_answer_outlives_whoever_asked(bus: Bus) -> None:
    """The first asker is gone; the second one gets the same answer, and no second job is made."""
    message_id, desk = uuid4().hex, Desk(bus)
    subject = subjects.command_requested(message_id)
    with pytest.raises(Transient):
        await desk.ask(subject, request(message_id), CommandFinished, seconds=0.3)
    await desk.reply(subject, "s1", done(message_id))
    again = await desk.ask(subject, request(message_id), CommandFinished, seconds=5)
    assert again == done(message_id)
    assert await waiting(bus, subject) == 1


async def test_an_answer_that_comes_later_is_heard(bus: Bus) -> None:
    """The asker waits on the live copy."""
    message_id, desk = uuid4().hex, Desk(bus)
    subject = subjects.command_requested(message_id)
    asking = asyncio.ensure_future(
        desk.ask(subject, request(message_id), CommandFinished, seconds=10)
    )
    while not await waiting(bus, subject):  # noqa: ASYNC110 - the queue has no event for us
        await asyncio.sleep(0.01)
    await desk.reply(subject, "s1", done(message_id))
    assert await asking == done(message_id)


@pytest.fixture
async def pulling(broker: Broker, bus: Bus) -> AsyncIterator[NatsBroker]:
    """A FastStream broker; the test adds its subscriber and starts it."""
    faststream = build_broker(CommonSettings(nats_url=SecretStr(broker.url)), "test", 5)
    await bus.js.add_stream(name="JOBS", subjects=["jobs.>"], retention="workqueue")
    yield faststream
    await faststream.stop()
    await bus.js.delete_stream("JOBS")


async def deliver(pulling: NatsBroker, bus: Bus, work: "Work") -> None:
    config = api.ConsumerConfig(
        durable_name="workers", ack_policy=api.AckPolicy.EXPLICIT, ack_wait=1, max_deliver=3
    )
    await bus.js.add_consumer("JOBS", config)
    pulling.subscriber(
        "jobs.*",
        stream=JStream("JOBS", declare=False),
        durable="workers",
        pull_sub=PullSub(batch_size=1),
        ack_policy=AckPolicy.MANUAL,
        max_workers=2,
    )(work.on_job)
    await pulling.start()
    await bus.publish("JOBS", "jobs.x", b"{}", message_id=uuid4().hex)


class Work:
    """Counts deliveries; each one takes as long as it is told."""

    def __init__(self, seconds: float, ack_wait: float, *, fail_first: bool = False) -> None:
        self.seen: list[int] = []
        self.finished = asyncio.Event()
        self._seconds = seconds
        self._ack_wait = ack_wait
        self._fail_first = fail_first

    async def on_job(self, message: NatsMessage) -> None:
        self.seen.append(deliveries(message))
        if self._fail_first and len(self.seen) == 1:
            await hand_back(message)
            return
        await holding(message, asyncio.sleep(self._seconds), self._ack_wait)
        await message.ack()
        self.finished.set()


async def test_a_held_message_is_delivered_once_however_long_it_takes(
    pulling: NatsBroker, bus: Bus
) -> None:
    """Work of three times ack_wait, with heartbeats: nobody else gets it."""
    work = Work(seconds=3, ack_wait=0.3)
    await deliver(pulling, bus, work)
    await asyncio.wait_for(work.finished.wait(), 10)
    assert work.seen == [1]


async def test_a_message_without_a_sign_of_life_is_redelivered(
    pulling: NatsBroker, bus: Bus
) -> None:
    """The same work without heartbeats is given to somebody else after ack_wait."""
    work = Work(seconds=2.5, ack_wait=60)
    await deliver(pulling, bus, work)
    await asyncio.wait_for(work.finished.wait(), 10)
    assert work.seen[:2] == [1, 2]


async def test_a_message_handed_back_comes_again_after_a_pause(
    pulling: NatsBroker, bus: Bus
) -> None:
    """Not at once: a bare nack would spin."""
    work = Work(seconds=0, ack_wait=1, fail_first=True)
    await deliver(pulling, bus, work)
    begun = asyncio.get_running_loop().time()
    await asyncio.wait_for(work.finished.wait(), 10)
    assert work.seen == [1, 2]
    assert asyncio.get_running_loop().time() - begun > 1.5


async def test_a_cancel_is_heard_by_those_who_watch_and_found_by_those_who_ask(bus: Bus) -> None:
    """Every process has its own board; the bucket is the same."""
    ours, theirs = await CancelBoard.open(bus), await CancelBoard.open(bus)
    message_id = uuid4().hex
    with ours.watch(message_id) as cancelled, ours.watch(uuid4().hex) as other:
        assert not await theirs.cancelled(message_id)
        await cancel(bus, message_id)
        await asyncio.wait_for(cancelled.wait(), 5)
        assert not other.is_set()
    assert await ours.cancelled(message_id)


async def test_blobs_are_found_by_their_content(bus: Bus) -> None:
    """Any bytes, empty ones too; what is gone is said so."""
    blobs = await BlobStore.open(bus)
    tree = {"a": b"one", "b": b"", "c": bytes(range(256)), "d": b"one"}
    names = await blobs.put_tree(tree)
    assert names["a"] == names["d"]
    assert await blobs.get_tree(names) == tree
    with pytest.raises(BlobMissing, match="run the message again"):
        await blobs.get("0" * 64)
