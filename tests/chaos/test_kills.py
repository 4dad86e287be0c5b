"""Services die, or stop for a while, at random moments, under load."""

import asyncio
import random
import signal

import pytest

from tests.chaos.harness.faults import SERVICES, Saboteur
from tests.chaos.harness.figures import Figures
from tests.chaos.harness.marks import LONG
from tests.chaos.harness.scenario import scenario
from tests.chaos.harness.system import ACK_WAIT, System

ROUNDS = 26


async def test_every_part_dies_once(
    system: System, figures: Figures, chance: random.Random
) -> None:
    """Services, broker and database, in any order, while two users have runs."""
    parts = (*SERVICES, "broker", "database")
    async with scenario("every part dies once", system, figures) as it:
        it.load(2)
        for part in chance.sample(parts, len(parts)):
            await asyncio.sleep(chance.uniform(0.5, 2.5))
            await it.saboteur.kill(part, signal.SIGQUIT if part == "database" else signal.SIGKILL)
        await it.saboteur.until_ready()


@LONG
@pytest.mark.timeout(600)
async def test_services_die_and_stop(
    system: System, figures: Figures, chance: random.Random
) -> None:
    """Each round strikes every service once: killed, or paused for up to twice `ack_wait`."""
    async with scenario("services die and stop", system, figures) as it:
        it.load()
        async with asyncio.TaskGroup() as strikes:
            for _ in range(ROUNDS):
                for service in chance.sample(SERVICES, len(SERVICES)):
                    await asyncio.sleep(chance.uniform(0.2, 2.0))
                    strikes.create_task(strike(it.saboteur, service, chance))
        await it.saboteur.until_ready()
        assert len(it.saboteur.faults) >= 100


async def strike(saboteur: Saboteur, service: str, chance: random.Random) -> None:
    seconds = chance.uniform(0.1, 2 * ACK_WAIT)
    if chance.random() < 0.5 and saboteur.settled(service):
        await saboteur.kill(service)
    else:
        await saboteur.pause(service, seconds)
