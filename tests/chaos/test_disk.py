"""The broker's disk is full for a while."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from millstream_embedded.options import Folder
from tests.chaos.harness.figures import Figures
from tests.chaos.harness.marks import LONG
from tests.chaos.harness.scenario import scenario
from tests.chaos.harness.system import running_system
from tests.support.small_disk import small_disk

MEGABYTES = 48
RECOVERY_SECONDS = 30.0


@LONG
@pytest.mark.timeout(300)
async def test_the_brokers_disk_is_full(tmp_path: Path, figures: Figures) -> None:
    """Once there is space again, all recovers by itself, and nothing that was accepted is lost."""
    with small_disk(Folder(tmp_path).jetstream, MEGABYTES) as disk:
        async with (
            running_system(tmp_path) as system,
            scenario("the broker's disk is full", system, figures) as it,
        ):
            it.load(2)
            await asyncio.sleep(3)
            await asyncio.to_thread(fill, disk.path / "ballast")
            figures.faults["disk full"] += 1
            await asyncio.sleep(10)
            disk.grow(4 * MEGABYTES)
            back = await it.saboteur.until_working(seconds=RECOVERY_SECONDS)
            figures.time("back after a full disk", back)


def fill(ballast: Path) -> None:
    """Writes until there is no room left, in ever smaller pieces."""
    with ballast.open("wb", buffering=0) as file:
        for size in (1024 * 1024, 4096):
            with suppress(OSError):
                while file.write(b"\0" * size) == size:
                    pass
