"""The file system a job sees: the host's /usr read-only, its mounts, its workspace, little else."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from millstream_validator.core.sandbox import MIB, PROJECT, Job

HOME = "/home/sandbox"
TMPFS_BYTES = 64 * MIB
# No terminal, no /dev/zero (its shared mappings are memory no limit sees), no /dev/shm.
DEVICES = ("null", "full", "random", "urandom")
SYSTEM_FOLDERS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
# Tools resolve these; neither tells anything of the host but its packages.
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/alternatives")
ENVIRONMENT = {
    "HOME": HOME,
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "TMPDIR": "/tmp",  # noqa: S108 - the sandbox's own
    "TZ": "UTC",
}
_WRITABLE = (PROJECT, HOME, "/tmp")  # noqa: S108 - the sandbox's own
_CLOSED = ("/usr", "/proc", "/dev", "/etc")
_PLAIN_ABSOLUTE = re.compile(r"(/[^/\0]+)+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def layout(job: Job) -> Iterator[str]:
    """Yield bwrap's options for `job`'s mounts and environment.

    Raises ValueError for a mount point that a job could redirect or that would hide the system's.
    """
    targets = (*(mount.target for mount in job.mounts), *job.scratch)
    for target in targets:
        _check_target(target)
    yield from _system()
    yield from _parents((*targets, PROJECT, HOME))
    for mount in job.mounts:
        yield from ("--ro-bind", str(mount.source), mount.target)
    for target in (*job.scratch, "/tmp", HOME):  # noqa: S108 - the sandbox's own
        yield from ("--perms", "1777", "--size", str(TMPFS_BYTES), "--tmpfs", target)
    yield from ("--bind", str(job.workspace), PROJECT, "--chdir", PROJECT)
    yield from ("--remount-ro", "/", "--hostname", "sandbox", "--clearenv")
    for name, value in {**ENVIRONMENT, **job.env}.items():
        _check_variable(name, value)
        yield from ("--setenv", name, value)


def made_up_files(uid: int) -> dict[str, bytes]:
    """Return the files of /etc that know nothing but the sandbox itself."""
    return {
        "/etc/passwd": f"sandbox:x:{uid}:{uid}::{HOME}:/bin/sh\n".encode(),
        "/etc/group": f"sandbox:x:{uid}:\n".encode(),
        "/etc/hosts": b"127.0.0.1 localhost\n::1 localhost\n",
    }


def _system() -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr")
    for name in SYSTEM_FOLDERS:
        yield from _system_folder(Path("/", name))
    for file in SYSTEM_FILES:
        yield from ("--ro-bind-try", file, file)
    # PID 1 is bubblewrap's; a job that reaches into its memory could outlive its owner.
    yield from ("--proc", "/proc", "--tmpfs", "/proc/1", "--remount-ro", "/proc/1")
    yield from ("--remount-ro", "/proc", "--tmpfs", "/dev")
    for device in DEVICES:
        yield from ("--dev-bind", f"/dev/{device}", f"/dev/{device}")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        yield from ("--symlink", f"/proc/self/fd/{number}", f"/dev/{name}")
    yield from ("--symlink", "/proc/self/fd", "/dev/fd", "--remount-ro", "/dev")


def _system_folder(folder: Path) -> Iterator[str]:
    if folder.is_symlink():
        yield from ("--symlink", str(folder.readlink()), str(folder))
    elif folder.is_dir():
        yield from ("--ro-bind", str(folder), str(folder))


def _parents(targets: tuple[str, ...]) -> Iterator[str]:
    """Make the folders above the mount points; left to itself bwrap makes them for root alone."""
    folders = {folder for target in targets for folder in PurePosixPath(target).parents}
    for folder in sorted(folders - {PurePosixPath("/")}):
        yield from ("--perms", "0755", "--dir", str(folder))


def _check_target(target: str) -> None:
    path = PurePosixPath(target)
    if not _PLAIN_ABSOLUTE.fullmatch(target) or not {".", ".."}.isdisjoint(path.parts):
        raise ValueError(f"The mount point {target!r} is not a plain absolute path.")
    if any(path.is_relative_to(place) for place in (*_WRITABLE, *_CLOSED)):
        raise ValueError(f"The mount point {target!r} lies inside a place of the sandbox itself.")


def _check_variable(name: str, value: str) -> None:
    if not _VARIABLE.fullmatch(name) or "\0" in value:
        raise ValueError(f"The environment variable {name!r} cannot be passed on.")
