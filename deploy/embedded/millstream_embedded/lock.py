"""One running stack per data folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from millstream_embedded.options import Folder, StackError


@contextmanager
def held(folder: Folder) -> Iterator[None]:
    """Makes the data folder ours (mode 0700) until the block ends, or this process dies.

    The kernel drops the lock with its holder, so a killed stack never blocks the next one.
    Raises StackError if another process holds it or the folder cannot be written.
    """
    _prepare(folder)
    lock = FileLock(folder.root / "lock", blocking=False)
    holder = folder.run / "pid"
    try:
        lock.acquire()
    except Timeout:
        raise StackError(_refusal(folder, _read(holder))) from None
    try:
        holder.write_text(f"{os.getpid()}\n")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _prepare(folder: Folder) -> None:
    try:
        for path in (folder.root, folder.run, folder.logs, folder.workspaces):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Traversal alone may have been granted to the database's user (see identity.py).
        if folder.root.stat().st_mode & 0o066:
            folder.root.chmod(0o700)
    except OSError as error:
        raise StackError(
            f"The data folder {folder.root} cannot be used ({error.strerror or error}). "
            "Choose another with --data, or make it yours."
        ) from error


def _read(holder: Path) -> str:
    with suppress(OSError):
        return holder.read_text().strip()
    return ""


def _refusal(folder: Folder, pid: str) -> str:
    by = f" (process {pid})" if pid else ""
    return (
        f"A stack is already running on the data folder {folder.root}{by}. "
        "Use it, stop it with Ctrl-C or SIGTERM, or choose another folder with --data."
    )
