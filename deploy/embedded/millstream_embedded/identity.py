"""As whom PostgreSQL runs, which refuses to run as root.

A normal user runs it directly. Root has two ways, tried in this order:

1. A user namespace in which root's files belong to `nobody` (`unshare`). No user is created, no
   file changes hands, and it works below folders that only root may enter.
2. Really becoming `nobody` (`setpriv`), who is then given the database's folder. For containers
   that forbid user namespaces; needs a path that others may traverse.

Both commands are util-linux, both replace themselves by the database instead of forking, so a
signal to the child's pid reaches the postmaster itself. (bubblewrap stays in between and does
not forward signals.) `setpriv` also renews the death signal that a change of user clears.
"""

import os
import pwd
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from millstream_embedded.options import Folder, StackError

# An orphaned postmaster stops at once; the write-ahead log makes the next start whole.
DEATH_SIGNAL = ("setpriv", "--pdeathsig", "QUIT")
NAMESPACE = ("unshare", "--user")


@dataclass(frozen=True)
class Identity:
    """The words to put before a command, and the uid that must own the database's files."""

    prefix: tuple[str, ...]
    owner: int


def database_identity(folder: Folder, program: Path) -> Identity:
    """Finds a way to run `program` on `folder.postgres`, which must exist.

    Raises StackError with the remedy if there is none.
    """
    if os.geteuid() != 0:
        return Identity((), os.geteuid())
    for identity in _candidates(folder.postgres.stat().st_uid):
        if _works(identity, folder, program):
            return identity
    raise StackError(
        "PostgreSQL cannot run as root, and neither user namespaces nor the user `nobody` can "
        f"reach {folder.postgres} and {program}. Run Millstream as a normal user, allow user "
        "namespaces, or put the project and --data where other users may enter."
    )


def _candidates(owner: int) -> Iterator[Identity]:
    nobody = pwd.getpwnam("nobody")
    if owner == 0:
        mapped = (f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}")
        yield Identity((*NAMESPACE, *mapped, "--", *DEATH_SIGNAL, "--"), owner=0)
    # A cluster that was made by somebody else stays theirs.
    uid = owner or nobody.pw_uid
    dropped = (f"--reuid={uid}", f"--regid={nobody.pw_gid}", "--clear-groups")
    yield Identity((*DEATH_SIGNAL, *dropped, "--"), owner=uid)


def _works(identity: Identity, folder: Folder, program: Path) -> bool:
    # initdb too: it loads libraries from elsewhere in the wheel, which others may not reach.
    if not all(_runs(identity, str(each), "--version") for each in _tools(program)):
        return False
    before = folder.postgres.stat().st_uid
    _give(folder, identity.owner)
    if _runs(identity, "test", "-O", str(folder.postgres), "-a", "-w", str(folder.postgres)):
        return True
    _give(folder, before)
    return False


def _tools(program: Path) -> tuple[Path, ...]:
    return program, program.with_name("initdb")


def _give(folder: Folder, owner: int) -> None:
    if folder.postgres.stat().st_uid == owner:
        return
    # The database's user must pass through the data folder, but may not list or read it.
    folder.root.chmod(0o711 if owner else 0o700)
    for path in (folder.postgres, *folder.postgres.rglob("*")):
        os.chown(path, owner, -1, follow_symlinks=False)


def _runs(identity: Identity, *command: str) -> bool:
    try:
        done = subprocess.run(  # noqa: S603  our own words and paths, no shell
            (*identity.prefix, *command), capture_output=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
