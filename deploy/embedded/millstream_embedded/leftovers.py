"""Clears away what a killed stack left, so that nothing blocks the next start.

Every child dies with its parent (child.py). What may remain for a moment is PostgreSQL's last
process, or what a service had started itself; what remains for good is files.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from time import monotonic, sleep

import psutil

from millstream_embedded.environment import MARKER
from millstream_embedded.options import Folder

SOCKETS = "millstream-"

# Orphans have already been told to end; this is how long they may take, in seconds.
GRACE = 5


def end_processes(folder: Folder, stack: str) -> None:
    """Waits for the processes marked as this stack's, then kills those that stay."""
    for process in _left_after(GRACE, folder, stack):
        with suppress(psutil.Error):
            process.kill()
    _left_after(GRACE, folder, stack)


def _left_after(seconds: float, folder: Folder, stack: str) -> list[psutil.Process]:
    # Listed anew each time: a zombie, which init may be slow to reap, no longer counts.
    end = monotonic() + seconds
    while (left := list(_processes(folder, stack))) and monotonic() < end:
        sleep(0.1)
    return left


def _processes(folder: Folder, stack: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and _belongs(process, folder, stack):
                yield process


def _belongs(process: psutil.Process, folder: Folder, stack: str) -> bool:
    # PostgreSQL writes its titles over its environment, but always works in its data folder.
    marked = process.environ().get(MARKER) == stack
    return bool(marked or process.cwd() == str(folder.cluster))


def remove_files(folder: Folder) -> None:
    """Removes what is only true, or only needed, while the stack runs; secrets among it."""
    _remove_socket(folder)
    shutil.rmtree(folder.launches, ignore_errors=True)
    for path in (
        folder.client_env,
        folder.operator_env,
        folder.run / "supervisord.conf",
        folder.run / "supervisord.pid",
        folder.run / "nats.conf",
        # Held by nobody once the processes are gone; a reused pid would make PostgreSQL refuse.
        folder.cluster / "postmaster.pid",
    ):
        path.unlink(missing_ok=True)


def make_socket(folder: Folder) -> Path:
    """A path for supervisord's socket: short, as such paths end at 107 bytes."""
    home = Path(mkdtemp(prefix=SOCKETS))
    (folder.run / "socket").write_text(str(home))
    return home / "supervisor.sock"


def _remove_socket(folder: Folder) -> None:
    note = folder.run / "socket"
    if not note.exists():
        return
    home = Path(note.read_text())
    # The note is only a file: believe it no further than a folder this module would make.
    if home.name.startswith(SOCKETS) and home.parent == Path(gettempdir()):
        shutil.rmtree(home, ignore_errors=True)
    note.unlink()
