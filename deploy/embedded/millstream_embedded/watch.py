"""Follows the children's lives: who is starting, who died, who is back."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping

from millstream_embedded import chronicle, readiness
from millstream_embedded.chronicle import Exited, GaveUp, Killed, Spawned
from millstream_embedded.options import Folder
from millstream_embedded.programs import Program
from millstream_embedded.supervisor import Supervisor
from millstream_embedded.terminal import Terminal

# After about a minute of early deaths supervisord gives up; we go on, at this pace (seconds).
PAUSE = 60.0


class Watch:
    """Heeds supervisord's events. `pids` is kept current, one entry a running program."""

    def __init__(
        self,
        folder: Folder,
        table: Iterable[Program],
        supervisor: Supervisor,
        terminal: Terminal,
        pause: float = PAUSE,
    ) -> None:
        self.pids: dict[str, int] = {}
        self._folder = folder
        self._programs: Mapping[str, Program] = {program.name: program for program in table}
        self._supervisor = supervisor
        self._terminal = terminal
        self._pause = pause
        self._starting: dict[str, asyncio.Future[str]] = {}
        self._restarts: dict[str, int] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def death_of(self, name: str) -> "asyncio.Future[str]":
        """Completes with the manner of death if the program ends before `settle` is called."""
        return self._starting.setdefault(name, asyncio.get_running_loop().create_future())

    def settle(self, name: str) -> None:
        """The program is up: from now on its deaths are announced and repaired."""
        self._starting.pop(name, None)
        self._then(name, self._care(name))

    def heed(self, event: chronicle.Event) -> None:
        match event:
            case Spawned(name, pid):
                self.pids[name] = pid
                if self._restarts.get(name):
                    self._then(name, self._until_ready(name))
            case Exited(name, how):
                self.pids.pop(name, None)
                self._mourn(name, how)
            case GaveUp(name):
                self._terminal.gave_up(name, self._pause, self._folder.log(name))
                self._then(name, self._try_later(name))
            case Killed(name):
                self._terminal.killed(name)

    async def close(self) -> None:
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _mourn(self, name: str, how: str) -> None:
        if starting := self._starting.get(name):
            if not starting.done():
                starting.set_result(how)
            return
        self._restarts[name] = self._restarts.get(name, 0) + 1
        if task := self._tasks.pop(name, None):
            task.cancel()
        self._terminal.died(name, how, self._restarts[name], self._folder.log(name))

    def _then(self, name: str, work: Coroutine[None, None, None]) -> None:
        self._tasks[name] = asyncio.create_task(work)

    async def _until_ready(self, name: str) -> None:
        program = self._programs[name]
        try:
            # What hangs while it starts is not waited for for ever, if there is somebody to tell.
            async with asyncio.timeout(program.deadline if program.ails else None):
                await readiness.until(program.ready)
        except TimeoutError:
            pass
        else:
            self._terminal.back(name, self._restarts[name])
        await self._care(name)

    async def _care(self, name: str) -> None:
        """Its death by our hand is then mourned and repaired like any other."""
        if ails := self._programs[name].ails:
            self._terminal.ails(name, await ails())
            await self._supervisor.crash(name)

    async def _try_later(self, name: str) -> None:
        await asyncio.sleep(self._pause)
        await self._supervisor.start(name)
