"""Two agents: one dies, or sleeps past `ack_wait` and wakes up; the other goes on with its runs."""

import asyncio
import random

import pytest

from tests.chaos.harness.figures import TARGETS, Figures, percentile
from tests.chaos.harness.marks import briefly_or_long
from tests.chaos.harness.scenario import scenario
from tests.chaos.harness.system import ACK_WAIT, System
from tests.chaos.harness.twin import running_twin

SLEEP = 2 * ACK_WAIT


@pytest.mark.timeout(400)
@briefly_or_long(1, 4)
async def test_the_other_agent_takes_over(
    system: System, figures: Figures, chance: random.Random, rounds: int
) -> None:
    """The one that wakes up is fenced off: nothing is said twice, and no call is paid twice."""
    async with (
        running_twin(system, "agent") as twin,
        scenario("two agents, one dies or sleeps", system, figures) as it,
    ):
        it.standby = True
        it.saboteur.others["twin"] = twin.pid
        it.load(2 if rounds == 1 else 4)
        for _ in range(rounds):
            for one in ("agent", "twin"):
                await asyncio.sleep(chance.uniform(1, 3))
                await it.saboteur.pause(one, SLEEP)
            await asyncio.sleep(chance.uniform(1, 3))
            await it.saboteur.kill("agent")
            await it.saboteur.until_ready("agent")
    assert percentile(figures.times["takeover"], 95) <= TARGETS["takeover"]
