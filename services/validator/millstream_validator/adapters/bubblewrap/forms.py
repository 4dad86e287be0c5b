"""The ways to put up the walls, by what this process is allowed to do.

As root, bubblewrap itself makes the mounts (it can then reach a project under a private folder)
and the command drops to a slot's uid inside; PID 1 of the sandbox stays root's, out of its reach.
As a user, or as a root without CAP_SYS_ADMIN that becomes a slot's uid first, a user namespace
lends the rights to mount and is then closed behind it. Both end as: not root, no capabilities, no
way to new privileges, the same filter, the same files.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from millstream_validator.adapters.bubblewrap.locate import find_tool

NO_CAPABILITIES = ("--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all")
CAP_SYS_ADMIN = 21
# What it takes to enter a workspace that is the slot's alone, and then to become the slot's uid.
DROP_CAPABILITIES = ("CAP_DAC_READ_SEARCH", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")
PRIVATE = ("ipc", "pid", "net", "uts", "cgroup-try")


class Privilege(Enum):
    """Where the unprivileged uid comes from."""

    ROOT_INSIDE = auto()
    ROOT_BEFORE = auto()
    USER = auto()


@dataclass(frozen=True)
class LaunchForm:
    """One bubblewrap and one way to start it."""

    bwrap: Path
    privilege: Privilege

    @property
    def owns_uids(self) -> bool:
        """Whether each slot runs under a host uid of its own."""
        return self.privilege is not Privilege.USER

    def before(self, uid: int) -> tuple[str, ...]:
        """Words of the command line ahead of bwrap's options."""
        become = _become(uid) if self.privilege is Privilege.ROOT_BEFORE else ()
        # Should the machine run out of memory, a sandbox goes first.
        return (*become, find_tool("choom"), "-n", "1000", "--", str(self.bwrap))

    def options(self, uid: int) -> Iterator[str]:
        """bwrap's options on namespaces and privileges."""
        for namespace in PRIVATE:
            yield f"--unshare-{namespace}"
        yield from ("--cap-drop", "ALL")
        if self.privilege is Privilege.ROOT_INSIDE:
            for capability in DROP_CAPABILITIES:
                yield from ("--cap-add", capability)
        else:
            yield from ("--unshare-user", "--disable-userns")
            yield from ("--uid", str(uid), "--gid", str(uid))

    def inside(self, uid: int) -> tuple[str, ...]:
        """Words ahead of the command, run inside the sandbox."""
        return _become(uid) if self.privilege is Privilege.ROOT_INSIDE else ()


def forms_for(bwraps: tuple[Path, ...]) -> tuple[LaunchForm, ...]:
    """Return the forms worth trying for this process, best first."""
    if os.geteuid() != 0:
        ways = [Privilege.USER]
    elif _has_capability(CAP_SYS_ADMIN):
        ways = [Privilege.ROOT_INSIDE, Privilege.ROOT_BEFORE]
    else:
        ways = [Privilege.ROOT_BEFORE]
    return tuple(LaunchForm(bwrap, way) for way in ways for bwrap in bwraps)


def _become(uid: int) -> tuple[str, ...]:
    ids = (f"--reuid={uid}", f"--regid={uid}", "--clear-groups")
    return (find_tool("setpriv"), *ids, *NO_CAPABILITIES, "--no-new-privs", "--")


def _has_capability(number: int) -> bool:
    status = Path("/proc/self/status").read_text()
    effective = next(line for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(effective.split()[1], 16) >> number & 1)
