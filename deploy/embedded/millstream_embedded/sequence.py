"""Starts the programs in order, each when the one before is ready, and stops them backwards."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from millstream_embedded import leftovers, readiness
from millstream_embedded.options import Folder, StackError
from millstream_embedded.programs import Program
from millstream_embedded.readiness import Probe
from millstream_embedded.supervisor import Supervisor, spawn
from millstream_embedded.supervisord import write_supervisord
from millstream_embedded.terminal import Terminal
from millstream_embedded.watch import PAUSE, Watch

# For supervisord itself to answer, in seconds; it takes a third of one.
SUPERVISOR_DEADLINE = 20
TAIL_LINES = 20


@dataclass(frozen=True)
class Running:
    """What is known while all programs run. `ended` completes if supervisord is lost."""

    pids: Mapping[str, int]
    ended: "asyncio.Task[None]"


@asynccontextmanager
async def running_programs(
    folder: Folder,
    table: tuple[Program, ...],
    environment: Mapping[str, str],
    terminal: Terminal,
    pause: float = PAUSE,
) -> AsyncIterator[Running]:
    """Yields once every program is ready; `environment` is supervisord's own.

    `pause` is how long a program that supervisord gave up on is left alone, in seconds.

    Raises StackError, with the end of its log, if a program does not become ready.
    """
    socket = leftovers.make_socket(folder)
    write_supervisord(folder, socket, table)
    supervisor = await spawn(folder, socket, environment)
    watch = Watch(folder, table, supervisor, terminal, pause)
    ended = supervisor.listen(watch.heed)
    try:
        await _answering(supervisor, folder)
        for program in table:
            with terminal.starting(program):
                await _start(program, supervisor, watch, ended, folder)
        yield Running(watch.pids, ended)
    finally:
        await watch.close()
        await _stop(table, supervisor, ended)


async def _answering(supervisor: Supervisor, folder: Folder) -> None:
    try:
        async with asyncio.timeout(SUPERVISOR_DEADLINE):
            await readiness.until(supervisor.answers)
    except TimeoutError:
        raise StackError(
            f"supervisord does not start; its log: {folder.log('supervisord')}"
        ) from None


async def _start(
    program: Program,
    supervisor: Supervisor,
    watch: Watch,
    ended: "asyncio.Task[None]",
    folder: Folder,
) -> None:
    death = watch.death_of(program.name)
    log = _Log(folder.log(program.name))
    ready = asyncio.create_task(readiness.until(_probe(program, watch)))
    try:
        await supervisor.start(program.name)
        await asyncio.wait(
            (ready, death, ended), timeout=program.deadline, return_when=asyncio.FIRST_COMPLETED
        )
        if death.done():
            raise _failure(program, f"died while starting ({death.result()})", log)
        if not ready.done():
            how = "lost its supervisor" if ended.done() else "is not ready"
            raise _failure(program, f"{how} after {program.deadline:.0f} s", log)
        ready.result()
    finally:
        ready.cancel()
    watch.settle(program.name)


def _probe(program: Program, watch: Watch) -> Probe:
    if program.port is None:
        return program.ready
    return readiness.listening(program.ready, lambda: watch.pids.get(program.name), program.port)


class _Log:
    """A program's log, and where this start's part of it begins."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._begin = path.stat().st_size if path.exists() else 0

    def tail(self) -> list[str]:
        """The last lines of this start; of the whole file if it was rotated meanwhile."""
        content = self.path.read_bytes() if self.path.exists() else b""
        own = content[self._begin :] if len(content) >= self._begin else content
        return own.decode(errors="replace").splitlines()[-TAIL_LINES:]


def _failure(program: Program, what: str, log: _Log) -> StackError:
    tail = "".join(f"\n  {line}" for line in log.tail())
    return StackError(f"The {program.name} {what}. The end of its log, {log.path}:{tail}")


async def _stop(
    table: tuple[Program, ...], supervisor: Supervisor, ended: "asyncio.Task[None]"
) -> None:
    try:
        for program in reversed(table):
            await supervisor.stop(program.name)
        await supervisor.shutdown()
        await asyncio.wait((ended,), timeout=SUPERVISOR_DEADLINE)
    finally:
        # Reached early when a second Ctrl-C cancels the drain: then everything ends at once.
        supervisor.kill()
        await ended
