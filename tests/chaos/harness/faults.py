"""Doing harm: to processes by signals, to the broker's store by removing it."""

import asyncio
import os
import shutil
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import psutil

from millstream_embedded import readiness
from tests.chaos.harness.load import PROMPTS, Run, ask
from tests.chaos.harness.system import System

SERVICES: Final = ("agent", "validator", "store", "gateway")
SETTLED_SECONDS: Final = 12.0
"""A program that dies younger is restarted later each time (supervisord's back-off)."""


@dataclass(frozen=True)
class Fault:
    """What was done to whom, and when, in seconds since the epoch."""

    what: str
    whom: str
    at: float


@dataclass
class Saboteur:
    """Harms one system and keeps the record of it. `others` are processes of the test's own."""

    system: System
    faults: list[Fault] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)
    proofs: list[Run] = field(default_factory=list)
    """Runs that were begun to see whether all works again."""
    _killed: dict[str, float] = field(default_factory=dict)

    async def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> float:
        """Ends a program, which supervisord starts again; returns the seconds its end took."""
        pid = await self._pid(name)
        self._note(how.name, name)
        start = self._killed[name] = time.monotonic()
        os.kill(pid, how)
        await gone(pid)
        return time.monotonic() - start

    async def pause(self, name: str, seconds: float) -> None:
        """Stops a program, with all its processes, and wakes it after `seconds`."""
        tree = _tree(await self._pid(name))
        self._note("SIGSTOP", name)
        try:
            _signal(tree, signal.SIGSTOP)
            await asyncio.sleep(seconds)
        finally:
            _signal(tree, signal.SIGCONT)

    async def wipe_broker(self) -> None:
        """The broker's store is removed under it, and it is killed."""
        self._note("wipe", "broker")
        shutil.rmtree(self.system.folder.jetstream, ignore_errors=True)
        await self.kill("broker")

    def settled(self, name: str) -> bool:
        """Whether a program may die again without being punished for it."""
        return time.monotonic() - self._killed.get(name, 0.0) > SETTLED_SECONDS

    async def until_ready(self, *names: str, seconds: float = 60) -> float:
        """How long it takes until all of them are ready; raises TimeoutError after `seconds`."""
        start = time.monotonic()
        async with asyncio.timeout(seconds):
            for name in names or SERVICES:
                await readiness.until(partial(self.system.ready, name))
        return time.monotonic() - start

    async def until_working(self, seconds: float) -> float:
        """How long it takes until a prompt is accepted and its run shows its first event."""
        start = time.monotonic()
        async with asyncio.timeout(seconds):
            run = await ask(self.system.users[-1], PROMPTS[0])
            while not run.viewer.seen:  # noqa: ASYNC110 - a list
                await asyncio.sleep(0.05)
        self.proofs.append(run)
        return time.monotonic() - start

    def _note(self, what: str, whom: str) -> None:
        self.faults.append(Fault(what, whom, time.time()))

    async def _pid(self, name: str) -> int:
        """A program that supervisord is about to restart is waited for."""
        async with asyncio.timeout(90):
            while True:
                if pid := self.others.get(name) or self.system.stack.pids.get(name):
                    return pid
                await asyncio.sleep(0.05)


async def gone(pid: int) -> None:
    async with asyncio.timeout(60):
        while psutil.pid_exists(pid):  # noqa: ASYNC110 - not our child to wait for
            await asyncio.sleep(0.01)


def _tree(pid: int) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
