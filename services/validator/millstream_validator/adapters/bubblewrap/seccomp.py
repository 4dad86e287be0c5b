"""The system calls a sandboxed program is refused.

A list of refusals, not of permissions: toolchains change their calls with every release, and
namespaces, an unprivileged uid and no capabilities already stand in front. This closes what those
leave open: doors to new namespaces, memory no limit sees, other processes, rare kernel parts.
"""

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from millstream_validator.core.sandbox import SandboxUnavailable

NAMESPACE_FLAGS = (
    0x00020000,  # mount
    0x02000000,  # cgroup
    0x04000000,  # UTS
    0x08000000,  # IPC
    0x10000000,  # user
    0x20000000,  # PID
    0x40000000,  # network
)
MAP_SHARED_ANONYMOUS = 0x21
TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
FAMILIES = {socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK}
NETLINK_ROUTE = 0  # listing one's own interfaces; every other netlink protocol is refused
LOW_WORD = 0xFFFFFFFF  # the kernel ignores an int argument's upper half, so compare without it


def build_filter() -> bytes:
    """Return the filter as a BPF program for this machine; takes about 10 ms.

    Raises SandboxUnavailable if libseccomp is missing or too old to know all the calls.
    """
    seccomp = _library()
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    refused = seccomp.ERRNO(errno.EPERM)
    try:
        for name in _refused_calls():
            rules.add_rule(refused, name)
        for name, *conditions in _refused_arguments(seccomp):
            rules.add_rule(refused, name, *conditions)
        # Its flags lie in memory, where no filter can look; libc falls back to clone.
        rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    except (ValueError, OSError) as error:
        raise SandboxUnavailable(
            f"The sandbox needs libseccomp 2.5.2 or newer: upgrade the package ({error})."
        ) from error
    return _exported(rules)


def _library() -> ModuleType:
    try:
        import pyseccomp  # type: ignore[import-untyped] # noqa: PLC0415 - has no types; importing it fails without libseccomp
    except (ImportError, RuntimeError) as error:
        raise SandboxUnavailable(
            "The sandbox needs libseccomp: install the package 'libseccomp2' or 'libseccomp'."
        ) from error
    return pyseccomp  # type: ignore[no-any-return] # untyped, see above


def _refused_calls() -> Iterator[str]:
    text = Path(__file__).with_name("refused_calls.txt").read_text()
    for line in text.splitlines():
        if not line.startswith("#"):
            yield from line.split()


def _refused_arguments(seccomp: Any) -> Iterator[tuple[Any, ...]]:
    """Yield calls with the conditions on their arguments under which they are refused."""

    def low_word(position: int, value: int) -> Any:
        return seccomp.Arg(position, seccomp.MASKED_EQ, LOW_WORD, value)

    def all_bits(position: int, bits: int) -> Any:
        return seccomp.Arg(position, seccomp.MASKED_EQ, bits, bits)

    for flag in NAMESPACE_FLAGS:
        yield "clone", all_bits(0, flag)
    # After MADV_DONTNEED its pages stay, in nobody's share.
    yield "mmap", all_bits(3, MAP_SHARED_ANONYMOUS)
    for request in TERMINAL_INJECTION:
        yield "ioctl", low_word(1, request)
    for family in set(range(max(FAMILIES))) - FAMILIES:
        yield "socket", low_word(0, family)
    yield "socket", seccomp.Arg(0, seccomp.GT, max(FAMILIES))
    yield "socket", low_word(0, socket.AF_NETLINK), seccomp.Arg(2, seccomp.NE, NETLINK_ROUTE)
    yield "socketpair", seccomp.Arg(0, seccomp.NE, socket.AF_UNIX)
    # The watchdog counts sockets at their default buffer size.
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        yield "setsockopt", low_word(1, socket.SOL_SOCKET), low_word(2, option)


def _exported(rules: Any) -> bytes:
    with os.fdopen(os.memfd_create("seccomp"), "r+b") as program:
        rules.export_bpf(program)
        program.seek(0)
        return program.read()
