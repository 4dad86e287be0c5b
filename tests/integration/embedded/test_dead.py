"""`millstream dead` against a real broker, by the command line."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from millstream_shared.contracts import subjects
from millstream_shared.runtime import dead, streams
from millstream_shared.runtime.bus import Bus
from tests.support.broker import Broker

MILLSTREAM = Path(sys.executable).with_name("millstream")
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
async def bus(fresh_broker: Broker) -> AsyncIterator[Bus]:
    """A broker with three dead letters: 1, 2 and 3."""
    client = await fresh_broker.connect()
    bus = Bus(client)
    await streams.declare(bus.js)
    for number in (1, 2, 3):
        subject, data = f"check.lint.m{number}", b'{"n":%d}' % number
        await dead.bury(bus, subjects.CHECKS, subject, data, "died [of it]", 5, str(number))
    yield bus
    await client.close()


@pytest.fixture
def millstream(fresh_broker: Broker, tmp_path: Path) -> Run:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "MILLSTREAM_NATS_URL": fresh_broker.url, "COLUMNS": "200"}
        return subprocess.run(
            [MILLSTREAM, "dead", *words, "--data", str(tmp_path)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


async def test_the_list_says_what_why_and_how_often(bus: Bus, millstream: Run) -> None:
    """For people as a table; brackets in a reason are not lost."""
    shown = millstream("list")
    assert shown.returncode == 0, shown.stderr
    heading, first, *_ = shown.stdout.splitlines()
    assert heading.split() == ["Id", "When", "Stream", "Subject", "Deliveries", "Reason"]
    assert first.split()[0] == "1"
    assert first.split()[2:5] == ["CHECKS", "check.lint.m1", "5"]
    assert first.rstrip().endswith("died [of it]")


async def test_the_list_as_json_is_a_line_each(bus: Bus, millstream: Run) -> None:
    """With the message itself, ready for a pipe."""
    letters = [json.loads(line) for line in millstream("list", "--json").stdout.splitlines()]
    assert [letter["id"] for letter in letters] == [1, 2, 3]
    assert letters[1].pop("at").endswith("Z")
    assert letters[1] == {
        "id": 2,
        "stream": "CHECKS",
        "subject": "check.lint.m2",
        "deliveries": 5,
        "reason": "died [of it]",
        "data": '{"n":2}',
    }


async def test_replayed_ones_are_work_again(bus: Bus, millstream: Run) -> None:
    """Named ones first, then the rest; the queue has each once."""
    assert millstream("replay", "2", "2").stdout == "1 replayed.\n"
    assert await bus.holds(subjects.CHECKS, "check.lint.m2")
    assert not await bus.holds(subjects.CHECKS, "check.lint.m1")
    assert millstream("replay", "--all").stdout == "2 replayed.\n"
    assert (await bus.js.stream_info(subjects.CHECKS)).state.messages == 3
    assert millstream("list").stdout == "There are none.\n"


async def test_dropped_ones_are_gone_for_good(bus: Bus, millstream: Run) -> None:
    """And nothing is put back on the queue."""
    assert millstream("drop", "1", "3").stdout == "2 dropped.\n"
    assert [letter.id async for letter in dead.letters(bus)] == [2]
    assert millstream("drop", "--all").stdout == "1 dropped.\n"
    assert (await bus.js.stream_info(subjects.CHECKS)).state.messages == 0


async def test_mistakes_are_said_in_a_line_and_change_nothing(bus: Bus, millstream: Run) -> None:
    """An unknown id, no choice at all, or both at once."""
    unknown = millstream("drop", "1", "99")
    assert (unknown.returncode, unknown.stderr) == (
        1,
        "There is no dead letter 99; see: millstream dead list\n",
    )
    for words in (("drop",), ("replay", "1", "--all")):
        refused = millstream(*words)
        assert refused.returncode == 2
        assert "or --all" in refused.stderr
    assert len([letter async for letter in dead.letters(bus)]) == 3


async def test_a_broker_without_dead_letters_yet_is_no_traceback(
    fresh_broker: Broker, millstream: Run
) -> None:
    """Before any service has declared the streams."""
    shown = millstream("list")
    assert shown.returncode == 1
    assert "Traceback" not in shown.stderr
    assert "does not do it now" in shown.stderr


async def test_what_was_said_of_a_run_is_not_said_again(bus: Bus, millstream: Run) -> None:
    """Only the agent that holds a run writes its log; such a letter can only be dropped."""
    await dead.bury(bus, subjects.RUNS, "run.m.status", b"{}", "a bug", 10, "fact")
    refused = millstream("replay", "1", "4")
    assert refused.returncode == 1
    assert "drop the letter" in refused.stderr
    assert millstream("replay", "--all").stdout == "3 replayed.\n"
    assert [letter.id async for letter in dead.letters(bus)] == [4]
    assert (await bus.js.stream_info(subjects.RUNS)).state.messages == 0
