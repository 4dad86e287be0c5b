"""Calls that namespaces do not stop, made raw."""

import errno
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

import pyseccomp  # type: ignore[import-untyped] # has no types
import pytest

from millstream_validator.adapters.bubblewrap import seccomp

if TYPE_CHECKING:
    from tests.security.sandbox.conftest import Cell

CALL = """
my ($number, @arguments) = map { $_ + 0 } @ARGV;
print syscall($number, @arguments) < 0 ? $! + 0 : 'breach';
"""

CLONE_NEWUSER, SIGCHLD = 0x10000000, 17
MAP_PRIVATE, MAP_SHARED, MAP_ANONYMOUS, READ_WRITE = 2, 1, 0x20, 3
GARBAGE = 1 << 32  # upper half of an int argument, which the kernel ignores
ARGUMENTS = {
    "shared anonymous memory": ("mmap", 0, 4096, READ_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0),
    "user namespace by clone": ("clone", CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0),
    "virtual machine sockets": ("socket", 40, 1, 0),
    "packet sockets": ("socket", 17, 3, 0),
    "netfilter": ("socket", 16, 3, 12),
    "netfilter with garbage": ("socket", 16 | GARBAGE, 3, 12),
    "TIPC": ("socket", 30, 1, 0),
    "kernel crypto": ("socket", 38, 5, 0),
    "TIOCSTI": ("ioctl", 0, 0x5412, 0),
    "TIOCSTI with garbage": ("ioctl", 0, 0x5412 | GARBAGE, 0),
    "TIOCLINUX": ("ioctl", 0, 0x541C, 0),
    "larger send buffers": ("setsockopt", 0, 1, 7, 0, 0),
}


def _number(name: str) -> int:
    return int(pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name))


def _refused() -> list[str]:
    lines = Path(seccomp.__file__).with_name("refused_calls.txt").read_text().splitlines()
    return [name for line in lines if not line.startswith("#") for name in line.split()]


async def _errno(cell: "Cell", name: str, *arguments: int) -> str:
    outcome = await cell.perl(CALL, str(_number(name)), *map(str, arguments))
    assert outcome.exit_code == 0, outcome.stderr
    return outcome.stdout


async def test_every_listed_call_is_refused(cell: "Cell") -> None:
    """Each call of the list answers EPERM, before the kernel looks at its arguments."""
    native = {name: _number(name) for name in _refused()}
    script = (
        "for (@ARGV) { my $r = syscall($_ + 0, 0, 0, 0, 0, 0, 0); print $r < 0 ? $! + 0 : 0, ' ' }"
    )
    numbers = [str(number) for number in native.values() if number >= 0]
    outcome = await cell.perl(script, *numbers)
    assert len(numbers) > 50
    assert outcome.stdout.split() == [str(int(errno.EPERM))] * len(numbers)


@pytest.mark.parametrize("attack", ARGUMENTS)
async def test_dangerous_arguments_are_refused(cell: "Cell", attack: str) -> None:
    """Calls that builds need are refused where their arguments open a door."""
    name, *arguments = ARGUMENTS[attack]
    assert await _errno(cell, str(name), *map(int, arguments)) == str(int(errno.EPERM))


async def test_clone3_is_unknown(cell: "Cell") -> None:
    """clone3 answers ENOSYS, so that libc falls back to the call we can filter."""
    assert await _errno(cell, "clone3", 0, 0) == str(int(errno.ENOSYS))


async def test_ordinary_memory_is_allowed(cell: "Cell") -> None:
    """The filter refuses shared anonymous memory, not memory."""
    arguments = (0, 4096, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    assert await _errno(cell, "mmap", *arguments) == "breach"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the other entries exist on x86-64 only")
async def test_other_calling_conventions_kill(cell: "Cell") -> None:
    """x32 numbers, which no rule names, end the process."""
    outcome = await cell.perl("syscall(0x40000000 + 39); print 'breach'")
    assert outcome.exit_code == 128 + 31  # SIGSYS
    assert outcome.stdout == ""


async def test_the_drop_to_no_privileges(cell: "Cell") -> None:
    """A job is not root, has no capability, gains none, and runs under the filter."""
    outcome = await cell.sh("cat /proc/self/status")
    status = dict(line.split(":\t", 1) for line in outcome.stdout.splitlines() if ":\t" in line)
    assert {status[f"Cap{name}"] for name in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {"0" * 16}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert "0" not in status["Uid"].split()
    assert "0" not in status["Groups"].split()
    assert os.geteuid() == 0 or status["Uid"].split()[0] == "61000"
