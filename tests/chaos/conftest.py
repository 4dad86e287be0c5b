"""One system for all scenarios that leave it as they found it, and the figures of the session."""

import os
import random
from collections.abc import AsyncIterator

import pytest

from tests.chaos.harness.figures import Figures
from tests.chaos.harness.system import System, running_system

FIGURES = pytest.StashKey[Figures]()
SEED = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = Figures()
    config.stash[SEED] = int(os.environ.get("MILLSTREAM_CHAOS_SEED", "7"))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    figures = config.stash[FIGURES]
    if figures.runs:
        seed = config.stash[SEED]
        terminalreporter.section(f"faults, with MILLSTREAM_CHAOS_SEED={seed}")
        for line in figures.lines():
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> Figures:
    return pytestconfig.stash[FIGURES]


@pytest.fixture
def chance(pytestconfig: pytest.Config, request: pytest.FixtureRequest) -> random.Random:
    """The same faults at the same moments for the same seed, whichever tests are run."""
    return random.Random(f"{pytestconfig.stash[SEED]}:{request.node.name}")  # noqa: S311 - to be repeatable


@pytest.fixture(scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    async with running_system(tmp_path_factory.mktemp("chaos")) as running:
        yield running
