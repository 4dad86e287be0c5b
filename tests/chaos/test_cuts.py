"""A viewer whose connection is cut again and again."""

from tests.chaos.harness.figures import Figures
from tests.chaos.harness.load import PROMPTS, ask
from tests.chaos.harness.scenario import scenario
from tests.chaos.harness.system import System

CUTS = 50


async def test_fifty_cuts_in_one_run(system: System, figures: Figures) -> None:
    """Resumed by `Last-Event-ID` each time, the pieces are the log: no gap, nothing twice."""
    async with scenario("fifty cuts of one stream", system, figures) as it:
        it.runs.append(await ask(system.users[0], PROMPTS[0], every=2))
        await it.runs[0].watching
        assert it.runs[0].viewer.connections > CUTS
