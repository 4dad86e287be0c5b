"""What nobody can deal with is kept, and leaves its queue."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from faststream.nats import NatsMessage
from pydantic import SecretStr

from millstream_shared.contracts import subjects
from millstream_shared.contracts.checks import CommandRequested
from millstream_shared.contracts.enums import Framework
from millstream_shared.runtime import dead, streams
from millstream_shared.runtime.broker import build_broker
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.dead import DeadLetter
from millstream_shared.runtime.pulling import pull_loops, work_consumer
from millstream_shared.runtime.settings import CommonSettings
from tests.support.broker import Broker

CONSUMER = work_consumer("garbage-takers", "check.command.*", 5, 15)


@pytest.fixture
async def bus(fresh_broker: Broker) -> AsyncIterator[Bus]:
    """A broker of this test's own: its dead letters are this test's."""
    client = await fresh_broker.connect()
    bus = Bus(client)
    await streams.declare(bus.js)
    yield bus
    await client.close()


async def all_letters(bus: Bus) -> list[DeadLetter]:
    return [letter async for letter in dead.letters(bus)]


async def bury(bus: Bus, subject: str, data: bytes = b"{}", message_id: str = "") -> None:
    name = message_id or uuid4().hex
    await dead.bury(bus, subjects.CHECKS, subject, data, "it\nfailed", 5, name)


async def test_a_buried_message_tells_where_it_came_from_and_why(bus: Bus) -> None:
    """Reasons are one line; burying again after a crash in between keeps it once."""
    for _ in range(2):
        await bury(bus, "check.lint.m", b"\x00\xff", message_id="same")
    (letter,) = await all_letters(bus)
    told = (letter.stream, letter.subject, letter.deliveries, letter.reason, letter.data)
    assert told == ("CHECKS", "check.lint.m", 5, "it failed", b"\x00\xff")
    assert await dead.letter_of(bus, letter.id) == letter
    assert await dead.letter_of(bus, letter.id + 1) is None


async def test_letters_are_listed_in_order_whatever_was_dropped(bus: Bus) -> None:
    """Gaps in the sequence hide nothing."""
    for number in range(5):
        await bury(bus, f"check.lint.{number}")
    letters = await all_letters(bus)
    for letter in (letters[1], letters[2], letters[2]):
        await dead.drop(bus, letter)
    assert [letter.subject[-1] for letter in await all_letters(bus)] == ["0", "3", "4"]


async def test_a_replayed_message_is_on_its_queue_again_once(bus: Bus) -> None:
    """As a new message, though the broker remembers the old one; and it is dead no more."""
    await bus.publish(subjects.CHECKS, "check.lint.m", b"work", message_id="first")
    await bus.delete(subjects.CHECKS, 1)
    await bury(bus, "check.lint.m", b"work")
    (letter,) = await all_letters(bus)
    await dead.replay(bus, letter)
    await dead.replay(bus, letter)  # an operator who is not sure whether it worked
    assert (await bus.js.stream_info(subjects.CHECKS)).state.messages == 1
    again = await bus.at(subjects.CHECKS, 2)
    assert again is not None
    assert (again.subject, again.data) == ("check.lint.m", b"work")
    assert await all_letters(bus) == []


async def test_what_cannot_be_read_is_buried_and_does_not_come_again(
    fresh_broker: Broker, bus: Bus
) -> None:
    """Garbage takes one delivery; the good message behind it is worked on."""
    taken: list[str] = []
    done = asyncio.Event()

    async def on_command(event: CommandRequested, message: NatsMessage) -> None:
        taken.append(event.message_id)
        await message.ack()
        done.set()

    service = build_broker(CommonSettings(nats_url=SecretStr(fresh_broker.url)), "test", 5)
    pull_loops(service, subjects.CHECKS, CONSUMER, on_command, 1)
    await streams.declare_consumer(bus.js, subjects.CHECKS, CONSUMER)
    good = CommandRequested(
        message_id="good", step="s", framework=Framework.REACT, files={}, command="true"
    )
    for number, data in enumerate((b"\xff garbage", b'{"half": true}', b"", good.encode())):
        await bus.publish(subjects.CHECKS, "check.command.m", data, message_id=str(number))
    await service.start()
    await asyncio.wait_for(done.wait(), 10)
    await service.stop()
    assert taken == ["good"]
    letters = await all_letters(bus)
    assert [letter.data for letter in letters] == [b"\xff garbage", b'{"half": true}', b""]
    assert all("no CommandRequested" in letter.reason for letter in letters)
    assert (await bus.js.stream_info(subjects.CHECKS)).state.messages == 0
