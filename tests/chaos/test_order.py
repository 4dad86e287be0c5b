"""Requests delivered twice, late, and out of order."""

import asyncio
import random
from collections.abc import Iterable
from uuid import uuid4

import pytest

from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import Lane
from millstream_shared.contracts.generation import GenerationRequested
from millstream_shared.runtime.bus import Bus
from tests.chaos.harness.figures import Figures
from tests.chaos.harness.load import PROMPTS, Run, ask
from tests.chaos.harness.marks import LONG
from tests.chaos.harness.scenario import scenario
from tests.chaos.harness.system import System

SPREAD_SECONDS = 8.0
"""About as long as a run."""
COPIES = 6


@pytest.mark.timeout(300)
@LONG
@pytest.mark.parametrize("rounds", [4])
async def test_requests_come_again_whenever_they_like(
    system: System, figures: Figures, chance: random.Random, rounds: int
) -> None:
    """Before, during and after the run, on both lanes; checks too. Each has its effect once."""
    bus = Bus(system.nats)
    async with scenario("requests come again", system, figures) as it:
        it.runs += [await ask(user, PROMPTS[0]) for user in system.users[:rounds]]
        requests = [await request_of(bus, run) for run in it.runs]
        late = [chance.uniform(0, SPREAD_SECONDS) for _ in range(COPIES)]
        checks = [asyncio.create_task(repeat_checks(bus, run)) for run in it.runs]
        await asyncio.gather(*(repeat(bus, request, late) for request in requests))
        await asyncio.gather(*checks)
        await asyncio.gather(*(repeat(bus, request, [0, 0]) for request in requests))
        await asyncio.sleep(2)


async def request_of(bus: Bus, run: Run) -> GenerationRequested:
    """As it is queued: a message that was accepted and has not ended is there."""
    queued = await bus.js.get_last_msg(subjects.GENERATIONS, subjects.queued(run.message_id))
    return GenerationRequested.decode(queued.data or b"")


async def repeat(bus: Bus, request: GenerationRequested, late: Iterable[float]) -> None:
    """The same request under fresh ids, on one lane and the other, each so many seconds late."""

    async def publish(lane: Lane, seconds: float) -> None:
        await asyncio.sleep(seconds)
        subject = subjects.generation_requested(lane, request.user_id, request.message_id)
        await bus.publish(subjects.GENERATIONS, subject, request, message_id=uuid4().hex)

    lanes = (Lane.HIGH, Lane.LOW)
    await asyncio.gather(
        *(publish(lanes[number % 2], seconds) for number, seconds in enumerate(late))
    )


async def repeat_checks(bus: Bus, run: Run) -> None:
    """Every request to the workshop comes twice, for as long as the run lasts."""
    seen: set[bytes] = set()
    subscription = await bus.client.subscribe(f"check.*.{run.message_id}")
    while not run.watching.done():
        try:
            message = await subscription.next_msg(timeout=0.5)
        except TimeoutError:
            continue
        if message.data not in seen:
            seen.add(message.data)
            await bus.publish(
                subjects.CHECKS, message.subject, message.data, message_id=uuid4().hex
            )
    await subscription.unsubscribe()
