"""Nothing of a job outlives it, however it or its owner ends."""

import asyncio
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from millstream_validator.adapters.bubblewrap.forms import LaunchForm
from millstream_validator.core.sandbox import Limits, StoppedBy

if TYPE_CHECKING:
    from tests.security.sandbox.conftest import Cell

ORCHESTRATOR = Path(__file__).with_name("orchestrator.py")


@pytest.fixture
def mark() -> str:
    """A word by which the host finds a job's processes."""
    return f"mark-{uuid4().hex}"


def survivors(mark: str) -> list[bytes]:
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if mark.encode() in (words := file.read_bytes()):  # a zombie's is empty
                found.append(words)
    return found


def children() -> set[str]:
    tasks = Path("/proc/self/task").glob("*/children")
    return {pid for task in tasks for pid in task.read_text().split()}


def hiding(mark: str) -> str:
    """Return a script that puts processes out of sight: orphans, new sessions, deaf to signals."""
    sleep = f"/usr/bin/perl -e 'sleep 300' {mark}"
    return (
        f"setsid {sleep} & (({sleep} &) &) & trap '' TERM HUP; setsid sh -c \"{sleep} & {sleep}\" &"
    )


async def until(condition: Callable[[], bool], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:  # noqa: ASYNC110 - /proc sends no events
        await asyncio.sleep(0.02)
    return condition()


async def test_end_of_the_command_ends_its_orphans(cell: "Cell", mark: str) -> None:
    """Processes in the background die with the command that started them."""
    outcome = await cell.sh(f"{hiding(mark)} sleep 0.3; echo done")
    assert (outcome.exit_code, outcome.stdout) == (0, "done\n")
    assert outcome.seconds < 3
    assert survivors(mark) == []


async def test_limit_ends_everything(cell: "Cell", mark: str) -> None:
    """The wall clock kills orphans too, before the outcome is told."""
    outcome = await cell.sh(f"{hiding(mark)} sleep 300", limits=Limits(wall_seconds=0.5))
    assert outcome.stopped_by is StoppedBy.WALL
    assert survivors(mark) == []


async def test_cancelling_ends_everything_at_once(cell: "Cell", mark: str) -> None:
    """When a cancelled run returns, its processes are gone and its slot is free."""
    running = asyncio.create_task(cell.sh(f"{hiding(mark)} sleep 300"))
    assert await until(lambda: len(survivors(mark)) >= 4)
    began = time.monotonic()
    running.cancel()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert survivors(mark) == []
    assert time.monotonic() - began < 1
    assert (await cell.sh("echo again")).stdout == "again\n"


async def test_cancelling_while_it_starts(cell: "Cell", mark: str) -> None:
    """Cancelled at any moment of its start, a run leaves nothing."""
    for delay in range(12):
        running = asyncio.create_task(cell.sh(f"exec perl -e 'sleep 300' {mark}"))
        await asyncio.sleep(delay / 1000)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        assert survivors(mark) == []
    others = [cell.beside(str(number)) for number in range(4)]
    outcomes = await asyncio.gather(*(other.sh("echo fine") for other in others))
    assert [outcome.stdout for outcome in outcomes] == ["fine\n"] * 4


async def test_no_zombies(cell: "Cell") -> None:
    """Each run reaps what it started, PID 1 included."""
    before = children()
    for _ in range(5):
        await cell.sh("sleep 0.01 &")
    assert children() - before == set()


async def test_kill_9_of_the_owner(form: LaunchForm, cell: "Cell", mark: str) -> None:
    """A validator killed without warning takes its sandboxes along."""
    owner = await asyncio.create_subprocess_exec(
        sys.executable, ORCHESTRATOR, form.privilege.name, cell.workspace,
        f"{hiding(mark)} sleep 300; : {mark}",
    )  # fmt: skip
    assert await until(lambda: len(survivors(mark)) >= 6, seconds=15)
    owner.kill()
    await owner.wait()
    assert await until(lambda: survivors(mark) == [])


async def test_one_job_at_a_time_in_a_workspace(cell: "Cell") -> None:
    """A second job in the same folder is a mistake of the caller, and said so."""
    first = asyncio.create_task(cell.sh("sleep 0.3; echo first"))
    await asyncio.sleep(0.1)
    with pytest.raises(ValueError, match="its own copy"):
        await cell.sh("true")
    assert (await first).stdout == "first\n"
