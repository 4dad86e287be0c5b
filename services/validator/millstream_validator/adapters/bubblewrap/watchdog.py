"""The host's eye on a running sandbox: says which limit it has passed."""

import asyncio
import time
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path

from millstream_validator.adapters.bubblewrap.usage import disk, held_open, memory, process_tree
from millstream_validator.core.sandbox import Limits, StoppedBy

INTERVAL_SECONDS = 0.1


async def watch(
    first: int, workspace: Path, limits: Limits, deadline: float, executor: Executor
) -> StoppedBy:
    """Return once the processes below pid `first` pass a limit; runs until then.

    `deadline` is on the monotonic clock. Looking runs in `executor`, off the event loop, and never
    delays the deadline.
    """
    loop = asyncio.get_running_loop()
    while (left := deadline - time.monotonic()) > 0:
        await asyncio.sleep(min(INTERVAL_SECONDS, left))
        looking = loop.run_in_executor(executor, exceeded, first, workspace, limits)
        await asyncio.wait({looking}, timeout=deadline - time.monotonic())
        if looking.done() and (limit := looking.result()):
            return limit
    return StoppedBy.WALL


def exceeded(first: int, workspace: Path, limits: Limits) -> StoppedBy | None:
    """Return the limit that the processes below `first` are over now, if any."""
    pids = process_tree(first)
    with suppress(FileNotFoundError):  # the job is over, and its workspace removed meanwhile
        in_sockets, in_deleted = held_open(pids, workspace.stat().st_dev)
        if memory(pids, limits.memory_bytes) + in_sockets > limits.memory_bytes:
            return StoppedBy.MEMORY
        if disk(workspace, limits.disk_bytes) + in_deleted > limits.disk_bytes:
            return StoppedBy.DISK
    return None
