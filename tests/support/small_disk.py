"""A disk of a given size, to be full."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class SmallDisk:
    """A tmpfs at `path`; `grow` gives it more room, as somebody does who clears up."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def grow(self, megabytes: int) -> None:
        _mount("-o", f"remount,size={megabytes}m", str(self.path)).check_returncode()


@contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Skips the test where this user may not mount."""
    path.mkdir(parents=True, exist_ok=True)
    if not shutil.which("mount"):
        pytest.skip("there is no mount command")
    mounted = _mount("-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(path))
    if mounted.returncode:
        pytest.skip(f"this user may not mount a tmpfs: {mounted.stderr.strip()}")
    try:
        yield SmallDisk(path)
    finally:
        # Lazily: whoever still has a file open on it must not fail the test.
        subprocess.run(["umount", "--lazy", str(path)], check=True)  # noqa: S607 - wherever it lies


def _mount(*words: str) -> subprocess.CompletedProcess[str]:
    command = ["mount", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)
