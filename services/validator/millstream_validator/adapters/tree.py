"""Walking a folder that a hostile program may be rearranging at the same time."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MAX_DEPTH = 100
"""Folders below each other; one file descriptor each while walking."""

OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


PASSED_OVER = frozenset(
    {
        errno.ENOENT,
        errno.ENOTDIR,
        errno.ELOOP,
        errno.EACCES,
        errno.EPERM,
        errno.ENXIO,
        errno.ENODEV,
    }
)
"""What a program can do to its own files. Any other error is ours, and not to be mistaken for a
file that is not there."""


@contextmanager
def passing_over() -> Iterator[None]:
    """What has vanished, or may not be read, is no error."""
    try:
        yield
    except OSError as error:
        if error.errno not in PASSED_OVER:
            raise


@dataclass(frozen=True)
class Entry:
    """One thing found, to be opened as `name` under the open folder `folder`."""

    path: str
    name: str
    folder: int
    status: os.stat_result
    too_deep: bool = False
    """A folder whose contents were not looked at."""

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.status.st_mode)


def walk(root: Path, enter: Callable[[str], bool] = lambda _: True) -> Iterator[Entry]:
    """Yield every entry below `root`, folders before their contents, never through a symlink.

    `enter` decides by relative path which folders to look into. What vanishes or cannot be read is
    passed over. Raises OSError if `root` itself is missing, or not a folder but a symlink to one.
    """
    top = os.open(root, OPEN_FOLDER)
    try:
        yield from _walk(top, "", 0, enter)
    finally:
        os.close(top)


def _walk(folder: int, prefix: str, depth: int, enter: Callable[[str], bool]) -> Iterator[Entry]:
    with passing_over(), os.scandir(folder) as found:
        for item in found:
            with passing_over():  # it may have gone since
                status = item.stat(follow_symlinks=False)
                path = prefix + item.name
                descend = item.is_dir(follow_symlinks=False) and enter(path)
                yield Entry(path, item.name, folder, status, descend and depth >= MAX_DEPTH)
                if descend and depth < MAX_DEPTH:
                    yield from _into(folder, item.name, path, depth, enter)


def _into(
    folder: int, name: str, path: str, depth: int, enter: Callable[[str], bool]
) -> Iterator[Entry]:
    inner = os.open(name, OPEN_FOLDER, dir_fd=folder)
    try:
        yield from _walk(inner, f"{path}/", depth + 1, enter)
    finally:
        os.close(inner)
