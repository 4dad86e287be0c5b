"""Measuring one level of concurrency: all sides in turn, in short rounds, so that whatever else the
machine does hits them alike.

Workers of a round begin one after the other over the length of an answer, as users would, not all
at once. The pause between two chunks grows with the number of workers, so the load is the same at
every level, and no side's own processor time is all there is to measure.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import psutil
import uvloop

from deploy.bench.overhead_provider import model_name, seconds_of
from deploy.bench.overhead_sides import LINES, Ask, Servers, check, sides

CHUNKS_PER_SECOND = 400
"""Of all workers together, in 20 answers. That takes about four fifths of a core of LiteLLM's:
it is busy, and not overloaded."""

LINES_CALLS = 60
"""Enough for its CPU, which is all that is wanted of that side."""

WARM_UPS = 5
"""Answers of a single worker that do not count."""


@dataclass(frozen=True)
class Level:
    """`calls` are those of each side, over all `rounds`."""

    concurrency: int
    calls: int
    rounds: int

    @property
    def pause(self) -> float:
        """Seconds between two chunks of an answer."""
        return self.concurrency / CHUNKS_PER_SECOND


@dataclass
class Measured:
    """Of one side: how long each call took, and each process's CPU, all in seconds."""

    seconds: list[float] = field(default_factory=list)
    cpu: dict[str, float] = field(default_factory=dict)

    def spent(self, process: str, seconds: float) -> None:
        self.cpu[process] = self.cpu.get(process, 0.0) + seconds


@dataclass(frozen=True)
class Plan:
    """What to measure; `processes` are ids by side, of those that are no client."""

    servers: Servers
    level: Level
    processes: Mapping[str, Mapping[str, int]]


def measure(plan: Plan) -> dict[str, Measured]:
    """By side. Runs in a process of its own, on the event loop that services have."""
    return uvloop.run(_measure(plan))


async def _measure(plan: Plan) -> dict[str, Measured]:
    level = plan.level
    async with sides(plan.servers, model_name(level.pause)) as ways:
        measured = {side: Measured() for side in ways}
        for ask in ways.values():
            await _warm_up(ask, level)
        await _book(measured[LINES], ways[LINES], level, LINES_CALLS, {})
        for _ in range(level.rounds):
            for side, ask in ways.items():
                if side != LINES:
                    calls, processes = level.calls // level.rounds, plan.processes.get(side, {})
                    await _book(measured[side], ask, level, calls, processes)
    return measured


async def _warm_up(ask: Ask, level: Level) -> None:
    """Every worker has its connection then, and everybody the code that is loaded at first use."""
    for _ in range(WARM_UPS if level.concurrency == 1 else 1):
        async with asyncio.TaskGroup() as group:
            for worker in range(level.concurrency):
                group.create_task(ask(worker))


async def _book(
    measured: Measured, ask: Ask, level: Level, calls: int, processes: Mapping[str, int]
) -> None:
    watched = {name: psutil.Process(pid) for name, pid in processes.items()}
    before, own = {name: _cpu(process) for name, process in watched.items()}, time.process_time()
    measured.seconds += await _round(ask, level, calls)
    measured.spent("client", time.process_time() - own)
    for name, process in watched.items():
        measured.spent(name, _cpu(process) - before[name])


async def _round(ask: Ask, level: Level, calls: int) -> Sequence[float]:
    """How long each call took; workers take the next one as soon as they are free."""
    seconds, waiting = list[float](), iter(range(calls))

    async def work(worker: int) -> None:
        await asyncio.sleep(seconds_of(level.pause) * worker / level.concurrency)
        for _ in waiting:
            begin = time.perf_counter()
            answer = await ask(worker)
            seconds.append(time.perf_counter() - begin)
            check(answer)

    async with asyncio.TaskGroup() as group:
        for worker in range(level.concurrency):
            group.create_task(work(worker))
    return seconds


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
