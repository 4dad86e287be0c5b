"""Validators that stop, are stopped, or die: others do their work, and nothing is left."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import httpx
import psutil
import pytest

from millstream_shared.contracts import subjects
from millstream_shared.contracts.checks import CommandFinished, CommandRequested
from millstream_shared.contracts.enums import Framework
from millstream_shared.runtime import streams
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.desk import Desk
from tests.support.broker import Broker
from tests.support.ports import free_port

GRACEFUL_SECONDS = 5
LONG = 60
"""An ack_wait so long that only a hand-over explains that the work goes on."""
SHORT = 2


class Workshops:
    """Real validators on one broker, sharing one folder for their workspaces."""

    def __init__(self, broker: Broker, folder: Path) -> None:
        self._broker = broker
        self._folder = folder
        self.running: list[Process] = []

    @property
    def rooms(self) -> list[Path]:
        return list((self._folder / "workspaces").iterdir())

    async def start(self, ack_wait: float) -> Process:
        port = free_port()
        environment = {
            **os.environ,
            "MILLSTREAM_NATS_URL": self._broker.url,
            "MILLSTREAM_ACK_WAIT": str(ack_wait),
            "MILLSTREAM_VALIDATOR_PORT": str(port),
            "MILLSTREAM_VALIDATOR_WORK_DIR": str(self._folder / "workspaces"),
            "MILLSTREAM_VALIDATOR_SLOTS": "2",
            "MILLSTREAM_VALIDATOR_GRACEFUL_TIMEOUT": str(GRACEFUL_SECONDS),
        }
        command = [sys.executable, "-m", "millstream_embedded.cli", "validator"]
        with (self._folder / "log").open("a") as log:
            process = await asyncio.create_subprocess_exec(*command, env=environment, stderr=log)
        self.running.append(process)
        await _ready(port)
        return process

    async def stop(self) -> None:
        for process in self.running:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.kill()
            await process.wait()


@pytest.fixture
async def workshops(fresh_broker: Broker, tmp_path: Path) -> AsyncIterator[Workshops]:
    workshops = Workshops(fresh_broker, tmp_path)
    yield workshops
    await workshops.stop()


@pytest.fixture
async def bus(fresh_broker: Broker) -> AsyncIterator[Bus]:
    client = await fresh_broker.connect()
    bus = Bus(client)
    await streams.declare(bus.js)
    yield bus
    await client.close()


async def run(bus: Bus, command: str) -> CommandFinished:
    request = CommandRequested(
        message_id=uuid4().hex, step="s", framework=Framework.REACT, files={}, command=command
    )
    subject = subjects.command_requested(request.message_id)
    return await Desk(bus).ask(subject, request, CommandFinished, seconds=60)


async def test_work_in_hand_is_finished_before_the_end(bus: Bus, workshops: Workshops) -> None:
    """SIGTERM takes nothing away that fits into the time left; then the exit status is 0."""
    validator = await workshops.start(LONG)
    running = asyncio.ensure_future(run(bus, "sleep 2.25; echo done"))
    await _until_runs(validator, "2.25")
    validator.terminate()
    assert "done" in (await running).output
    assert await validator.wait() == 0
    assert workshops.rooms == []


async def test_longer_work_is_handed_over_at_once(bus: Bus, workshops: Workshops) -> None:
    """Another replica has it right after, not only when ack_wait is over; and none is left here."""
    both = [await workshops.start(LONG), await workshops.start(LONG)]
    running = asyncio.ensure_future(run(bus, "sleep 6.25; echo done"))
    leaving = await _first_to_run(both, "6.25")
    (staying,) = (validator for validator in both if validator is not leaving)
    leaving.terminate()
    assert await asyncio.wait_for(leaving.wait(), GRACEFUL_SECONDS + 5) == 0
    await _until_runs(staying, "6.25")
    assert "done" in (await running).output


async def test_a_killed_one_leaves_no_process_and_its_workspace_is_cleared_away(
    bus: Bus, workshops: Workshops
) -> None:
    """The next validator answers, and removes what it finds; not what another one works in."""
    other = await workshops.start(SHORT)
    (others_room,) = (room for room in workshops.rooms if room.is_dir())
    other.send_signal(signal.SIGSTOP)
    killed = await workshops.start(SHORT)
    running = asyncio.ensure_future(run(bus, "sleep 3.75; echo done"))
    await _until_runs(killed, "3.75")
    (left,) = (room for room in workshops.rooms if room.is_dir() and room != others_room)
    assert list(left.iterdir())
    killed.kill()
    await killed.wait()
    async with asyncio.timeout(5):
        while _processes("3.75"):  # noqa: ASYNC110 - another process's doing
            await asyncio.sleep(0.05)
    await workshops.start(SHORT)
    assert not left.exists()
    assert others_room.exists()
    assert "done" in (await running).output


async def test_a_stopped_ones_work_goes_to_another_and_its_late_answer_is_harmless(
    bus: Bus, workshops: Workshops
) -> None:
    """One answer stands; the queue is empty; the late one goes on working."""
    stopped = await workshops.start(SHORT)
    running = asyncio.ensure_future(run(bus, "sleep 1.875; echo done"))
    await _until_runs(stopped, "1.875")
    stopped.send_signal(signal.SIGSTOP)
    other = await workshops.start(SHORT)
    assert "done" in (await running).output
    answers = await bus.js.stream_info(subjects.ANSWERS)
    assert answers.state.last_seq == 1
    stopped.send_signal(signal.SIGCONT)
    await asyncio.sleep(2)
    assert (await bus.js.stream_info(subjects.ANSWERS)).state.last_seq == 1
    assert (await bus.js.stream_info(subjects.CHECKS)).state.messages == 0
    other.terminate()
    assert await other.wait() == 0
    assert "again" in (await run(bus, "echo again")).output


async def _ready(port: int) -> None:
    async with asyncio.timeout(60), httpx.AsyncClient() as client:
        while True:
            with suppress(httpx.TransportError):
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.1)


async def _until_runs(validator: Process, word: str) -> None:
    await _first_to_run([validator], word)


async def _first_to_run(validators: Sequence[Process], word: str) -> Process:
    """The first one below which a process has `word` as its last argument."""
    async with asyncio.timeout(20):
        while True:
            ancestors = _processes(word)
            for validator in validators:
                if validator.pid in ancestors:
                    return validator
            await asyncio.sleep(0.05)


def _processes(word: str) -> set[int]:
    """The ancestors of all processes that have `word` as their last argument."""
    found: set[int] = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cmdline()[-1:] == [word]:
                found |= {process.pid, *(parent.pid for parent in process.parents())}
    return found
