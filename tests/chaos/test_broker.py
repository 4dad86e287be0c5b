"""The broker dies, hangs, or loses everything it had stored."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.chaos.harness.figures import Figures
from tests.chaos.harness.marks import LONG
from tests.chaos.harness.scenario import scenario
from tests.chaos.harness.system import System, running_system


@pytest.mark.timeout(400)
@LONG
async def test_the_broker_dies(system: System, figures: Figures, chance: random.Random) -> None:
    """What it had acknowledged is on its disk."""
    async with scenario("the broker dies", system, figures) as it:
        it.load()
        for _ in range(2):
            await asyncio.sleep(chance.uniform(2, 6))
            await it.saboteur.kill("broker")
            figures.time("back after a broker's death", await it.saboteur.until_working(60))
            await asyncio.sleep(10)


@pytest.mark.timeout(400)
@LONG
async def test_the_broker_hangs(system: System, figures: Figures, chance: random.Random) -> None:
    """For longer than `ack_wait`, and for longer than the clients' patience."""
    async with scenario("the broker hangs", system, figures) as it:
        it.load()
        for number in range(2):
            await asyncio.sleep(chance.uniform(2, 6))
            await it.saboteur.pause("broker", 6 + 6 * number)
            figures.time("back after a broker's pause", await it.saboteur.until_working(60))


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seconds", [2, pytest.param(6, marks=LONG)])
async def test_the_brokers_store_is_wiped(tmp_path: Path, figures: Figures, seconds: float) -> None:
    """Streams, consumers, buckets, queued work and the logs of running messages: all gone."""
    async with (
        running_system(tmp_path) as system,
        scenario("the broker's store is wiped", system, figures) as it,
    ):
        it.wiped = True
        it.load(2)
        await asyncio.sleep(seconds)
        await it.saboteur.wipe_broker()
        figures.time("back after a wipe", await it.saboteur.until_working(60))
