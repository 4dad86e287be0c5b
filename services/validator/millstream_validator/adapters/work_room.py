"""A folder of this process's own for its workspaces; what a killed one left is cleared away."""

from contextlib import suppress
from pathlib import Path
from typing import Self
from uuid import uuid4

from filelock import FileLock, Timeout

from millstream_validator.adapters.workspace import remove_tree

LOCK = ".lock"


class WorkRoom:
    """Held by a lock, which the kernel takes back however its holder dies."""

    def __init__(self, path: Path, lock: FileLock) -> None:
        self.path = path
        self._lock = lock

    @classmethod
    def open(cls, work_dir: Path) -> Self:
        """A new room below `work_dir`, which validators on one machine may share."""
        work_dir.mkdir(parents=True, exist_ok=True)
        _clear_away(work_dir)
        path = work_dir.resolve() / uuid4().hex
        lock = _lock_of(path)
        lock.acquire()  # before there is a room: one without a lock is nobody's
        path.mkdir()
        return cls(path, lock)

    def close(self) -> None:
        """Removes the room; no sandbox may be running in it."""
        remove_tree(self.path)
        _forget(self._lock)


def _clear_away(work_dir: Path) -> None:
    for room in [path for path in work_dir.iterdir() if path.is_dir() and not path.is_symlink()]:
        lock = _lock_of(room)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue  # another validator is at work in it
        with suppress(FileNotFoundError):  # somebody else has just cleared it away
            remove_tree(room)
        _forget(lock)


def _lock_of(room: Path) -> FileLock:
    return FileLock(room.with_suffix(LOCK))


def _forget(lock: FileLock) -> None:
    Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
