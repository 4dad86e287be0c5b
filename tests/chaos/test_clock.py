"""One service's clock is a day ahead, or behind."""

from pathlib import Path

import pytest

from tests.chaos.harness.changes import entry_with
from tests.chaos.harness.figures import Figures
from tests.chaos.harness.load import PROMPTS, ask
from tests.chaos.harness.marks import LONG
from tests.chaos.harness.scenario import scenario
from tests.chaos.harness.system import running_system

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


@LONG
@pytest.mark.timeout(300)
@pytest.mark.skipif(
    LIBRARY is None, reason="libfaketime is missing; on Debian: apt install faketime"
)
@pytest.mark.parametrize(
    ("service", "days"),
    [
        ("agent", "+1d"),
        ("store", "-1d"),
        ("gateway", "-1d"),
        ("validator", "+1d"),
    ],
)
async def test_a_clock_is_wrong(tmp_path: Path, figures: Figures, service: str, days: str) -> None:
    """No order and no deadline between services rests on their clocks."""
    faked = {"LD_PRELOAD": str(LIBRARY), "FAKETIME": days, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    entry = entry_with(tmp_path, {service: {"set": faked}})
    async with (
        running_system(tmp_path / "data", entry=entry) as system,
        scenario("a clock is a day off", system, figures) as it,
    ):
        figures.faults[f"clock {days}"] += 1
        it.runs += [
            await ask(user, prompt) for user, prompt in zip(system.users[:2], PROMPTS, strict=False)
        ]
