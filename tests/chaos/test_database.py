"""The database restarts at once, or hangs."""

import asyncio
import random
import signal

import pytest

from tests.chaos.harness.figures import Figures
from tests.chaos.harness.marks import LONG
from tests.chaos.harness.scenario import scenario
from tests.chaos.harness.system import System


@pytest.mark.timeout(400)
@LONG
async def test_the_database_restarts_at_once(
    system: System, figures: Figures, chance: random.Random
) -> None:
    """Immediate shutdown: no checkpoint, every connection is lost in mid-transaction."""
    async with scenario("the database restarts at once", system, figures) as it:
        it.load()
        for _ in range(2):
            await asyncio.sleep(chance.uniform(1, 5))
            await it.saboteur.kill("database", signal.SIGQUIT)
            figures.time("back after a database's restart", await it.saboteur.until_working(60))
            await asyncio.sleep(10)


@pytest.mark.timeout(400)
@LONG
async def test_the_database_hangs(system: System, figures: Figures, chance: random.Random) -> None:
    """All its processes stop, with locks held and connections open."""
    async with scenario("the database hangs", system, figures) as it:
        it.load()
        for number in range(2):
            await asyncio.sleep(chance.uniform(1, 5))
            await it.saboteur.pause("database", 5 + 5 * number)
            figures.time("back after a database's pause", await it.saboteur.until_working(60))
