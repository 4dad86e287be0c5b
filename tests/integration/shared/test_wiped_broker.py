"""The broker comes back with an empty store, and work goes on without any restart."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from faststream.nats import NatsMessage
from pydantic import SecretStr

from millstream_shared.contracts import subjects
from millstream_shared.contracts.checks import CommandFinished, CommandRequested
from millstream_shared.contracts.enums import Framework, RunKind
from millstream_shared.runtime import streams
from millstream_shared.runtime.blobs import BlobStore
from millstream_shared.runtime.broker import Broker as Service
from millstream_shared.runtime.broker import build_broker
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.cancels import CancelBoard, cancel
from millstream_shared.runtime.desk import Desk
from millstream_shared.runtime.pulling import pull_loops, work_consumer
from millstream_shared.runtime.run_log import RunWriter
from millstream_shared.runtime.settings import CommonSettings
from tests.support.broker import Broker, answers

CONSUMER = work_consumer("workshop-command", "check.command.*", 5, 15)
BACK_SECONDS = 5.0


class Replica:
    """A service that answers commands, as far as the broker is concerned."""

    def __init__(self, url: str) -> None:
        self.broker: Service = build_broker(CommonSettings(nats_url=SecretStr(url)), "test", 5)
        self.bus: Bus
        self.taken: list[str] = []
        self.prepared = 0
        pull_loops(self.broker, subjects.CHECKS, CONSUMER, self.on_command, 3)

    async def start(self) -> None:
        self.bus = Bus(await self.broker.connect())
        await self.broker.keep(self._prepare)
        await self.broker.start()

    async def on_command(self, event: CommandRequested, message: NatsMessage) -> None:
        self.taken.append(event.message_id)
        done = CommandFinished(message_id=event.message_id, step=event.step, output="ok")
        subject = subjects.command_requested(event.message_id)
        await Desk(self.bus).reply(subject, event.step, done)
        await message.ack()

    async def _prepare(self) -> None:
        await streams.declare(self.bus.js)
        await streams.declare_consumer(self.bus.js, subjects.CHECKS, CONSUMER)
        self.prepared += 1

    async def until_prepared(self, times: int) -> None:
        async with asyncio.timeout(BACK_SECONDS):
            while self.prepared < times:  # noqa: ASYNC110 - the service has no event for us
                await asyncio.sleep(0.02)


@pytest.fixture
async def replicas(fresh_broker: Broker) -> AsyncIterator[list[Replica]]:
    """Three services that declare the same things, all at once."""
    services = [Replica(fresh_broker.url) for _ in range(3)]
    await asyncio.gather(*(service.start() for service in services))
    yield services
    await asyncio.gather(*(service.broker.stop() for service in services))


async def ask(service: Replica, seconds: float) -> CommandFinished:
    message_id = uuid4().hex
    request = CommandRequested(
        message_id=message_id, step="s", framework=Framework.REACT, files={}, command="true"
    )
    subject = subjects.command_requested(message_id)
    return await Desk(service.bus).ask(subject, request, CommandFinished, seconds=seconds)


async def test_work_flows_again_after_a_wipe(fresh_broker: Broker, replicas: list[Replica]) -> None:
    """Streams, consumers, pull loops and the desk: all are back within seconds."""
    assert (await ask(replicas[0], 5)).output == "ok"
    fresh_broker.kill(wipe=True)
    await asyncio.sleep(0.5)
    fresh_broker.start()
    await answers(fresh_broker)
    assert (await ask(replicas[0], BACK_SECONDS)).output == "ok"


async def test_a_request_that_was_wiped_away_is_handed_in_again(
    fresh_broker: Broker, replicas: list[Replica]
) -> None:
    """Its asker waits through it all, and is answered."""
    for service in replicas:
        await service.broker.stop()
    asker = Bus(await (client := build_broker(_common(fresh_broker), "asker", 5)).connect())
    await client.keep(lambda: streams.declare(asker.js))
    request = CommandRequested(
        message_id="m", step="s", framework=Framework.REACT, files={}, command="true"
    )
    asking = asyncio.ensure_future(
        Desk(asker).ask("check.command.m", request, CommandFinished, seconds=30)
    )
    while not await asker.holds(subjects.CHECKS, "check.command.m"):  # noqa: ASYNC110 - the queue has no event for us
        await asyncio.sleep(0.02)
    fresh_broker.kill(wipe=True)
    fresh_broker.start()
    await answers(fresh_broker)
    late = Replica(fresh_broker.url)
    await late.start()
    assert (await asking).output == "ok"
    assert late.taken == ["m"]
    await late.broker.stop()
    await client.stop()


async def test_handles_to_buckets_survive_a_wipe(
    fresh_broker: Broker, replicas: list[Replica]
) -> None:
    """A blob store and a cancel board opened before it work after it."""
    service = replicas[0]
    blobs, board = await BlobStore.open(service.bus), await CancelBoard.open(service.bus)
    hearing = asyncio.ensure_future(board.until_cancelled("m"))
    fresh_broker.kill(wipe=True)
    fresh_broker.start()
    await answers(fresh_broker)
    await service.until_prepared(2)
    assert await blobs.get(await blobs.put(b"content")) == b"content"
    await cancel(service.bus, "m")
    await asyncio.wait_for(hearing, 15)


async def test_sequences_of_the_run_log_grow_over_a_wipe(
    fresh_broker: Broker, replicas: list[Replica]
) -> None:
    """They are the viewers' cursors: an old one must be smaller than all that comes after."""
    service = replicas[0]
    writer = await RunWriter.open(service.bus, "m", 1)
    before = [await writer.append(RunKind.DELTA, b"{}") for _ in range(3)]
    assert before == list(range(before[0], before[0] + 3))
    fresh_broker.kill(wipe=True)
    fresh_broker.start()
    await answers(fresh_broker)
    await service.until_prepared(2)
    again = await RunWriter.open(service.bus, "m", 2)
    assert await again.append(RunKind.DELTA, b"{}") > before[-1]


async def test_declaring_again_keeps_what_is_there(
    fresh_broker: Broker, replicas: list[Replica]
) -> None:
    """Nobody's restart moves the log's sequence."""
    service = replicas[0]
    writer = await RunWriter.open(service.bus, "m", 1)
    first = await writer.append(RunKind.DELTA, b"{}")
    await asyncio.gather(*(streams.declare(replica.bus.js) for replica in replicas))
    assert await writer.append(RunKind.DELTA, b"{}") == first + 1


async def test_a_deleted_consumer_is_put_back_without_spinning(
    fresh_broker: Broker, replicas: list[Replica]
) -> None:
    """The loops notice and ring; meanwhile they ask a few times a second, not thousands."""
    service = replicas[0]
    refused_before = (await service.bus.js.account_info()).api.errors
    await service.bus.js.delete_consumer(subjects.CHECKS, "workshop-command")
    assert (await ask(service, 2 * BACK_SECONDS)).output == "ok"
    asked = service.bus.client.stats["out_msgs"]
    await asyncio.sleep(1)
    assert service.bus.client.stats["out_msgs"] - asked < 50
    assert (await service.bus.js.account_info()).api.errors - refused_before < 50


async def test_loops_wait_while_there_is_nothing_to_pull_from(fresh_broker: Broker) -> None:
    """A service whose consumer cannot be put back for a while costs next to nothing."""
    service = Replica(fresh_broker.url)
    service.bus = Bus(await service.broker.connect())
    await streams.declare(service.bus.js)
    await streams.declare_consumer(service.bus.js, subjects.CHECKS, CONSUMER)
    await service.broker.start()  # nothing is kept: nobody puts anything back
    await service.bus.js.delete_stream(subjects.CHECKS)
    await asyncio.sleep(1)
    sent = service.bus.client.stats["out_msgs"]
    await asyncio.sleep(2)
    assert service.bus.client.stats["out_msgs"] - sent < 50
    await service.broker.stop()


def _common(broker: Broker) -> CommonSettings:
    return CommonSettings(nats_url=SecretStr(broker.url))
