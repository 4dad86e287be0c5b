"""One bubblewrap process and its sandbox, from start to the death of everything in it."""

import asyncio
import ctypes
import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

from millstream_shared.runtime.tasks import uninterrupted
from millstream_validator.adapters.bubblewrap.descriptors import Descriptors
from millstream_validator.core.sandbox import SandboxUnavailable

PR_SET_CHILD_SUBREAPER = 36
START_SECONDS = 10
"""For making a process; a machine that takes longer cannot check anything."""


@dataclass(frozen=True)
class Running:
    """A started bubblewrap; `first` is the host's pid of its sandbox's PID 1."""

    stdout: asyncio.StreamReader
    stderr: asyncio.StreamReader
    reports: asyncio.StreamReader
    first: int
    handles: Sequence[int]
    """pidfds: of bubblewrap, then of PID 1."""

    async def ended(self) -> int | None:
        """Return the command's exit code, or 128 + its signal; None if it was never started."""
        await _dead(self.handles[0])
        reports = [json.loads(line) for line in (await self.reports.read()).splitlines()]
        return next((int(report["exit-code"]) for report in reports if "exit-code" in report), None)

    def kill(self) -> None:
        """Kill PID 1 and with it, by the kernel's hand, its whole pid namespace."""
        _kill(self.handles)


@asynccontextmanager
async def started(
    prepare: Callable[[Descriptors, int], Sequence[str]], owner: int
) -> AsyncIterator[Running]:
    """Start bubblewrap and yield once its PID 1 exists; on leaving, nothing of it is left.

    `prepare` returns the command line, given descriptors to fill and the child's status pipe. The
    uid `owner` may reopen its standard output, as /dev/stdout does. To be called in the main thread
    only: a sandbox dies with the thread that started it. Raises SandboxUnavailable if there never
    was a PID 1.
    """
    async with AsyncExitStack() as stack:
        with Descriptors() as files:
            stdout, out = await files.pipe(stack)
            stderr, err = await files.pipe(stack)
            reports, status = await files.pipe(stack)
            for end in (out, err):
                os.fchown(end, owner, -1)
            gate, closed = os.pipe()
            stack.callback(os.close, closed)
            files.callback(os.close, gate)
            process = _spawn(prepare(files, status), (gate, out, err), files.inherited)
        handles = [os.pidfd_open(process.pid)]
        try:
            # Killing bubblewrap alone may leave its PID 1 waiting for ever; so first know both.
            first = await uninterrupted(_first_pid(reports, stderr, handles))
            with suppress(BrokenPipeError):
                os.write(closed, b"go\n")
            yield Running(stdout, stderr, reports, first, handles)
        finally:
            _kill(handles)
            # Not even a second cancellation may free the slot's uid before they are dead.
            await uninterrupted(_bury(process, handles))


def adopt_orphans() -> None:
    """Make this process the parent of its children's orphans, so that it can reap them.

    bubblewrap ends before the PID 1 it started, which nobody else is sure to clear away.
    """
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _spawn(
    command: Sequence[str], streams: tuple[int, int, int], inherited: Sequence[int]
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - no shell; the words are ours up to the job's own
        command,
        stdin=streams[0],
        stdout=streams[1],
        stderr=streams[2],
        env={},  # PID 1's first environment stays readable in /proc, whatever bwrap clears
        pass_fds=inherited,
        start_new_session=True,
    )


def _kill(handles: Sequence[int]) -> None:
    for handle in reversed(handles):
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)


async def _first_pid(
    reports: asyncio.StreamReader, stderr: asyncio.StreamReader, handles: list[int]
) -> int:
    """Return the pid of PID 1, and add a pidfd of it to `handles`."""
    try:
        report = await asyncio.wait_for(reports.readline(), START_SECONDS)
    except TimeoutError as error:
        raise SandboxUnavailable(f"bubblewrap took over {START_SECONDS} s to start") from error
    if report:
        first = int(json.loads(report)["child-pid"])
        handles.append(os.pidfd_open(first))
        return first
    complaint = (await stderr.read()).decode(errors="replace").strip()
    raise SandboxUnavailable(f"bubblewrap did not start: {complaint}")


async def _dead(handle: int) -> None:
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    poll = os.dup(handle)  # the loop allows one reader per descriptor
    loop.add_reader(poll, over.set)
    try:
        await over.wait()
    finally:
        loop.remove_reader(poll)
        os.close(poll)


async def _bury(process: "subprocess.Popen[bytes]", handles: Sequence[int]) -> None:
    for handle in handles:
        await _dead(handle)
    process.wait()
    for handle in handles:
        with suppress(ChildProcessError):  # bubblewrap may have reaped PID 1 itself
            os.waitid(os.P_PIDFD, handle, os.WEXITED | os.WNOHANG)  # noqa: ASYNC222 - does not block
        os.close(handle)
