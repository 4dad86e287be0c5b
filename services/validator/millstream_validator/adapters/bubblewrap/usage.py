"""What a running sandbox uses, read from /proc by the host.

Without cgroups nobody adds this up for us. Memory is the processes' proportional share, so that
shared pages count once; sockets and deleted files belong to no process and no folder, so they are
counted through whoever holds them open.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from millstream_validator.adapters.tree import walk

SOCKET_BYTES = 256 * 1024
"""What one unread socket can hold at the kernel's default buffer size."""
ENTRY_BYTES = 4096
"""What an entry costs even when empty; this bounds their number too."""


def process_tree(first: int) -> list[int]:
    """Return the pids of `first` and all below it; orphans included, for PID 1 adopts them."""
    found = [first]
    for pid in found:
        found.extend(_children(pid))
    return found


def memory(pids: Iterable[int], limit: int) -> int:
    """Return the bytes of memory of `pids`; exact only above `limit`, as exactness is costly."""
    pids = list(pids)
    resident = sum(_fields(f"/proc/{pid}/status", "VmRSS", "VmSwap", "VmPTE") for pid in pids)
    return resident if resident <= limit else sum(_proportional(pid) for pid in pids)


def held_open(pids: Iterable[int], device: int) -> tuple[int, int]:
    """Return the bytes of memory in sockets, and of `device` in deleted files, that `pids` hold."""
    seen: dict[tuple[int, int], os.stat_result] = {}
    for pid in pids:
        for status in _open_files(pid):
            seen[status.st_dev, status.st_ino] = status
    sockets = sum(stat.S_ISSOCK(status.st_mode) for status in seen.values())
    deleted = sum(
        status.st_blocks * 512
        for status in seen.values()
        if status.st_dev == device and status.st_nlink == 0
    )
    return sockets * SOCKET_BYTES, deleted


def disk(folder: Path, limit: int) -> int:
    """Return the bytes `folder` takes on disk, giving up as soon as `limit` is passed."""
    total = 0
    counted: set[int] = set()
    for entry in walk(folder):
        blocks = 0 if entry.status.st_ino in counted else entry.status.st_blocks * 512
        counted.add(entry.status.st_ino)
        total += blocks + ENTRY_BYTES
        if entry.too_deep or total > limit:
            return limit + 1
    return total


def _children(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                yield from map(int, (task / "children").read_text().split())


def _proportional(pid: int) -> int:
    share = _fields(f"/proc/{pid}/smaps_rollup", "Pss", "SwapPss")
    if share:
        return share + _fields(f"/proc/{pid}/status", "VmPTE")
    # Not ours to read: count the whole, rather too much than nothing.
    return _fields(f"/proc/{pid}/status", "VmRSS", "VmSwap", "VmPTE")


def _fields(file: str, *names: str) -> int:
    """Return the sum of the named `Name:  123 kB` lines, in bytes."""
    with suppress(OSError):
        lines = (line.partition(":") for line in Path(file).read_text().splitlines())
        return sum(int(rest.split()[0]) * 1024 for name, _, rest in lines if name in names)
    return 0


def _open_files(pid: int) -> Iterator[os.stat_result]:
    with suppress(OSError):
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                yield file.stat()
