"""A rolling restart: each service in turn is told to stop, and starts again, under load."""

import asyncio
import re
import signal

import pytest

from tests.chaos.harness.faults import SERVICES
from tests.chaos.harness.figures import TARGETS, Figures
from tests.chaos.harness.marks import briefly_or_long
from tests.chaos.harness.scenario import scenario
from tests.chaos.harness.system import System


@pytest.mark.timeout(400)
@briefly_or_long(1, 2)
async def test_a_rolling_restart(system: System, figures: Figures, rounds: int) -> None:
    """Nothing is lost, each service hands over in time, and ends with 0."""
    log = system.folder.log("supervisord")
    before = log.stat().st_size
    async with scenario("rolling restarts", system, figures) as it:
        it.load(2 if rounds == 1 else 4)
        for _ in range(rounds):
            for service in SERVICES:
                await asyncio.sleep(2)
                figures.time("drain", await it.saboteur.kill(service, signal.SIGTERM))
                await it.saboteur.until_ready(service)
    exits = re.findall(r"exited: (\w+) \((.+?);", log.read_text()[before:])
    assert [how for _, how in exits] == ["exit status 0"] * len(exits), exits
    assert len(exits) == rounds * len(SERVICES)
    assert max(figures.times["drain"]) <= TARGETS["drain"]
