"""The embedded stack as benchmarks run it: with the simulator, and with scenarios of their own."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from rich.console import Console

from millstream_embedded.environment import PROVIDER_SWITCHES
from millstream_embedded.options import Options
from millstream_embedded.stack import Stack, running_stack
from millstream_simulator.settings import SimulatorSettings

SCENARIOS = Path(__file__).with_name("scenarios")


@asynccontextmanager
async def bench_stack(folder: Path, console: Console, **environment: str) -> AsyncIterator[Stack]:
    """A stack that keeps its data in `folder`, from one start to the next."""
    environment["MILLSTREAM_SIMULATOR_SCENARIOS"] = _scenarios(folder / "scenarios")
    with environment_of(environment):
        async with running_stack(Options(data=folder / "data", port=0), console) as stack:
            yield stack


@contextmanager
def environment_of(changes: dict[str, str]) -> Iterator[None]:
    """The caller's environment with changes; a provider of the developer's must not be used."""
    before = dict(os.environ)
    for name in PROVIDER_SWITCHES:
        os.environ.pop(name, None)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _scenarios(folder: Path) -> str:
    """The simulator's own answers, and those that only benchmarks need."""
    shutil.copytree(SimulatorSettings.model_fields["scenarios"].default, folder, dirs_exist_ok=True)
    shutil.copytree(SCENARIOS, folder, dirs_exist_ok=True)
    return str(folder)
