"""One job from start to outcome: whichever comes first, its end or a limit."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from millstream_validator.adapters.bubblewrap.argv import command_line
from millstream_validator.adapters.bubblewrap.forms import LaunchForm
from millstream_validator.adapters.bubblewrap.output import Output
from millstream_validator.adapters.bubblewrap.process import Running, started
from millstream_validator.adapters.bubblewrap.watchdog import watch
from millstream_validator.adapters.workspace import hand_over
from millstream_validator.core.sandbox import Job, Outcome, SandboxUnavailable, StoppedBy

T = TypeVar("T")


@dataclass(frozen=True)
class Launcher:
    """What all jobs share: the way in, the seccomp program, and threads for looking at /proc."""

    form: LaunchForm
    program: bytes
    executor: Executor

    async def run(self, job: Job, uid: int) -> Outcome:
        """Run `job` as `uid`; see `Sandbox.run`."""
        if self.form.owns_uids:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self.executor, hand_over, job.workspace, uid)
        began = time.monotonic()
        async with started(
            lambda files, status: command_line(self.form, job, uid, self.program, status, files),
            owner=uid if self.form.owns_uids else os.geteuid(),
        ) as running:
            return await self._outcome(running, job, began)

    async def _outcome(self, running: Running, job: Job, began: float) -> Outcome:
        output = Output(job.limits.output_bytes)
        async with (
            _task(output.collect(running.stdout)) as stdout,
            _task(output.collect(running.stderr)) as stderr,
            _task(output.overflowed.wait()) as overflowing,
            _task(running.ended()) as ending,
            _task(self._watch(running, job, began)) as watching,
        ):
            await asyncio.wait((ending, watching, overflowing), return_when=asyncio.FIRST_COMPLETED)
            running.kill()
            exit_code = await ending
            said, complained = await stdout, await stderr
            seconds = time.monotonic() - began
            stopped_by = _limit(output, watching)
        if exit_code is None and stopped_by is None:
            raise SandboxUnavailable(f"The sandbox could not be set up: {complained.strip()}")
        return Outcome(None if stopped_by else exit_code, said, complained, seconds, stopped_by)

    async def _watch(self, running: Running, job: Job, began: float) -> StoppedBy:
        deadline = began + job.limits.wall_seconds
        return await watch(running.first, job.workspace, job.limits, deadline, self.executor)


def _limit(output: Output, watching: "asyncio.Task[StoppedBy]") -> StoppedBy | None:
    if output.overflowed.is_set():
        return StoppedBy.OUTPUT
    return watching.result() if watching.done() else None


@asynccontextmanager
async def _task(work: Coroutine[Any, Any, T]) -> AsyncIterator["asyncio.Task[T]"]:
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
