"""The host's side of a workspace whose contents a hostile program wrote.

Nothing here follows a symlink, waits on a fifo or trusts a size: files are opened component by
component below an open folder, and only regular ones.
"""

import os
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from millstream_shared.contracts.paths import safe_path
from millstream_validator.adapters.tree import OPEN_FOLDER, passing_over, walk

OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
CREATE_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class WorkspaceTooLarge(ValueError):
    """A workspace holds more files or bytes than its reader allows."""


def write_tree(root: Path, files: Mapping[str, bytes]) -> None:
    """Write `files` below `root`, making folders, and replacing what is in the way.

    Raises ValueError for a path that `safe_path` refuses, IsADirectoryError where a folder is.
    """
    for path, content in files.items():
        *folders, name = safe_path(path).split("/")
        with _folder(root, folders) as folder:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)
            with os.fdopen(os.open(name, CREATE_FILE, 0o644, dir_fd=folder), "wb") as file:
                file.write(content)


def read_tree(
    root: Path, *, exclude: Collection[str], max_files: int, max_bytes: int
) -> dict[str, bytes]:
    """Return every regular file below `root` by relative path.

    Left out are folders and files whose name is in `exclude`, names that `safe_path` refuses, and
    what cannot be read. Only the last component of `root` may be a job's making: a path deeper into
    a workspace could lead through its symlinks. Raises WorkspaceTooLarge beyond `max_files` or, in
    total, `max_bytes`.
    """

    def wanted(path: str) -> bool:
        return path.rpartition("/")[2] not in exclude and _is_safe(path)

    found: dict[str, bytes] = {}
    left = max_bytes
    for entry in walk(root, enter=wanted):
        if entry.is_folder or not wanted(entry.path):
            continue
        content = _read(entry.name, entry.folder, left)
        if content is None:
            continue
        left -= len(content)
        found[entry.path] = content
        if len(found) > max_files or left < 0:
            raise WorkspaceTooLarge(f"more than {max_files} files or {max_bytes} bytes")
    return found


def hand_over(root: Path, uid: int) -> None:
    """Make `uid`, and the group of the same number, the owner of `root` and all below it."""
    os.chown(root, uid, uid, follow_symlinks=False)
    for entry in walk(root):
        if entry.status.st_uid != uid:
            os.chown(entry.name, uid, uid, dir_fd=entry.folder, follow_symlinks=False)


def remove_tree(root: Path) -> None:
    """Remove `root` and all below it, however deep and whatever its modes; symlinks as such.

    No sandbox may be running in it. Raises FileNotFoundError if there is no `root`.
    """
    top = os.open(root, OPEN_FOLDER)
    try:
        while names := os.listdir(top):  # noqa: PTH208 - by descriptor
            for name in names:
                _remove(name, top)
    finally:
        os.close(top)
    root.rmdir()


@contextmanager
def _folder(root: Path, components: list[str]) -> Iterator[int]:
    """Yield a descriptor of the folder `components` below `root`, made where it is missing."""
    current = os.open(root, OPEN_FOLDER)
    try:
        for name in components:
            inner = _open_or_make(name, current)
            os.close(current)
            current = inner
        yield current
    finally:
        os.close(current)


def _open_or_make(name: str, folder: int) -> int:
    with suppress(FileNotFoundError):
        if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            return os.open(name, OPEN_FOLDER, dir_fd=folder)
        os.unlink(name, dir_fd=folder)
    os.mkdir(name, 0o755, dir_fd=folder)
    return os.open(name, OPEN_FOLDER, dir_fd=folder)


def _read(name: str, folder: int, limit: int) -> bytes | None:
    """Return the file's content, cut one byte past `limit`; None if it is no readable file."""
    with passing_over():
        descriptor = os.open(name, OPEN_FILE, dir_fd=folder)
        with os.fdopen(descriptor, "rb") as file:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return file.read(limit + 1)
    return None


def _is_safe(path: str) -> bool:
    try:
        return safe_path(path) == path
    except ValueError:
        return False


def _remove(name: str, top: int) -> None:
    """Remove `name` from `top`; a folder's own folders move up to `top`, so depth costs nothing."""
    if not stat.S_ISDIR(os.stat(name, dir_fd=top, follow_symlinks=False).st_mode):
        os.unlink(name, dir_fd=top)
        return
    os.chmod(name, 0o700, dir_fd=top)  # its owner may have locked it against itself
    folder = os.open(name, OPEN_FOLDER, dir_fd=top)
    try:
        for inner in os.listdir(folder):  # noqa: PTH208 - by descriptor
            if stat.S_ISDIR(os.stat(inner, dir_fd=folder, follow_symlinks=False).st_mode):
                os.chmod(inner, 0o700, dir_fd=folder)  # moving it rewrites its '..'
                os.rename(inner, uuid4().hex, src_dir_fd=folder, dst_dir_fd=top)
            else:
                os.unlink(inner, dir_fd=folder)
    finally:
        os.close(folder)
    os.rmdir(name, dir_fd=top)
