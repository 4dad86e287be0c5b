"""Work that kills whoever takes it up: it ends as a dead letter, and its asker is told."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from nats.js import api
from pydantic import SecretStr

from millstream_shared.contracts import subjects
from millstream_shared.contracts.checks import (
    CheckOutcome,
    CommandFinished,
    CommandRequested,
    ValidationFinished,
    ValidationRequested,
)
from millstream_shared.contracts.enums import Framework
from millstream_shared.runtime import dead, streams
from millstream_shared.runtime.broker import build_broker
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.desk import Desk
from millstream_shared.runtime.pulling import pull_loops
from millstream_shared.runtime.settings import CommonSettings
from millstream_validator.handlers import queues
from millstream_validator.handlers.queues import DELIVERIES
from millstream_validator.handlers.undertaker import Undertaker
from tests.support.broker import Broker

ACK_WAIT = 1


@pytest.fixture
async def bus(fresh_broker: Broker) -> AsyncIterator[Bus]:
    """A broker on which an undertaker is at work, and nobody else."""
    undertaker, service = Undertaker(), build_broker(_common(fresh_broker), "test", 5)
    undertaker.bus = Bus(await service.connect())
    await streams.declare(undertaker.bus.js)
    for stream, consumer in queues.consumers(ACK_WAIT):
        await streams.declare_consumer(undertaker.bus.js, stream, consumer)
        if stream == subjects.ADVISORIES:
            on_exhausted = undertaker.on_deliveries_exhausted
            pull_loops(service, stream, consumer, on_exhausted, 1)
    await service.start()
    yield undertaker.bus
    await service.stop()


async def die_of_it(bus: Bus, consumer: str) -> None:
    """Takes the work up as often as it is delivered, and never says anything again."""
    pulls = await bus.js.pull_subscribe_bind(consumer, stream=subjects.CHECKS)
    for _ in range(DELIVERIES):
        await pulls.fetch(1, timeout=10)
    with pytest.raises(TimeoutError):  # only a pull makes the broker notice that it was the last
        await pulls.fetch(1, timeout=3)
    await pulls.unsubscribe()


@pytest.fixture
def validation() -> ValidationRequested:
    return ValidationRequested(message_id="m", step="s", framework=Framework.REACT, files={})


async def test_its_asker_is_told_instead_of_waiting(
    bus: Bus, validation: ValidationRequested
) -> None:
    """Both checks are unavailable, never green; the request is off its queue, and kept."""
    subject = subjects.validation_requested("m")
    asking = Desk(bus).ask(subject, validation, ValidationFinished, seconds=60)
    finished, _ = await asyncio.gather(asking, die_of_it(bus, "workshop-validate"))
    assert {check.outcome for check in finished.checks} == {CheckOutcome.UNAVAILABLE}
    assert len(finished.checks) == 2
    (letter,) = [letter async for letter in dead.letters(bus)]
    assert (letter.stream, letter.subject) == (subjects.CHECKS, subject)
    assert letter.deliveries == DELIVERIES
    assert letter.data == validation.encode()
    await _until_empty(bus)


async def test_who_asks_again_has_it_tried_again(bus: Bus, validation: ValidationRequested) -> None:
    """An answer that the work could not be done is good once, not for all later attempts."""
    subject = subjects.validation_requested("m")
    await Desk(bus).reply(subject, "s", ValidationFinished(message_id="m", step="s", checks=()))
    stored = await Desk(bus).ask(subject, validation, ValidationFinished, seconds=5)
    assert stored.checks == ()

    command = CommandRequested(
        message_id="m", step="s", framework=Framework.REACT, files={}, command="true"
    )
    subject = subjects.command_requested("m")
    lost = CommandFinished(message_id="m", step="s", output="lost")
    await Desk(bus).reply(subject, "s", lost, given_up=True)
    asking = asyncio.ensure_future(Desk(bus).ask(subject, command, CommandFinished, seconds=30))
    pulls = await bus.js.pull_subscribe_bind("workshop-command", stream=subjects.CHECKS)
    (request,) = await pulls.fetch(1, timeout=10)
    await Desk(bus).reply(subject, "s", lost.model_copy(update={"output": "done"}))
    await request.ack()
    assert (await asking).output == "done"


async def test_an_advisory_about_work_that_was_done_after_all_changes_nothing(bus: Bus) -> None:
    """The broker may say so while the last delivery is being answered."""
    advisory = b'{"stream":"CHECKS","consumer":"workshop-lint","stream_seq":7,"deliveries":5}'
    subject = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.CHECKS.workshop-lint"
    await bus.client.publish(subject, advisory)
    await asyncio.sleep(0.2)
    await _until_empty(bus, subjects.ADVISORIES)
    assert [letter async for letter in dead.letters(bus)] == []


async def _until_empty(bus: Bus, stream: str = subjects.CHECKS) -> None:
    async with asyncio.timeout(10):
        while (await _state(bus, stream)).messages:  # noqa: ASYNC110 - the queue has no event for us
            await asyncio.sleep(0.05)


async def _state(bus: Bus, stream: str) -> api.StreamState:
    return (await bus.js.stream_info(stream)).state


def _common(broker: Broker) -> CommonSettings:
    return CommonSettings(nats_url=SecretStr(broker.url))
