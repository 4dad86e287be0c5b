"""What it means to run a program nobody trusts: the job, its limits and its outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

MIB = 1024 * 1024

PROJECT = "/app/project"
"""Where every job sees its workspace; also its working directory."""


@dataclass(frozen=True)
class Mount:
    """A host file or folder the job may read, and never write, at `target`."""

    source: Path
    target: str


@dataclass(frozen=True)
class Limits:
    """What one job may use. Sizes in bytes; measured for React, Vue and Svelte builds."""

    wall_seconds: float = 60
    cpu_seconds: int = 60
    """Per process."""
    memory_bytes: int = 1536 * MIB
    """Proportional memory of all its processes together."""
    data_bytes: int = 4096 * MIB
    """Private memory one process may reserve (RLIMIT_DATA; an address-space limit breaks V8).
    Node 24 reserves 560 MiB for itself and as much again for every worker thread."""
    processes: int = 64
    """Processes and threads together."""
    file_bytes: int = 100 * MIB
    output_bytes: int = MIB
    """Standard output and error together."""
    disk_bytes: int = 200 * MIB
    """The workspace, counting 4 KiB for every entry."""


@dataclass(frozen=True)
class Job:
    """One command, run with its working directory at `/app/project`.

    `workspace` is a host folder, bound writable there, for one job at a time: as root it changes
    hands to the job's own uid. Every `scratch` target gets an empty,
    small tmpfs; where it lies inside a mount, the mount's source must already have that folder.
    `argv[0]` is found through `env["PATH"]`, by default /usr/local/bin:/usr/bin:/bin.
    """

    argv: tuple[str, ...]
    workspace: Path
    mounts: tuple[Mount, ...] = ()
    scratch: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)


class StoppedBy(StrEnum):
    """The limit for which the sandbox killed a job."""

    WALL = "WALL"
    MEMORY = "MEMORY"
    DISK = "DISK"
    OUTPUT = "OUTPUT"


@dataclass(frozen=True)
class Outcome:
    """How a job ended. `exit_code` is None if a limit stopped it, 128 + n if signal n did."""

    exit_code: int | None
    stdout: str
    stderr: str
    seconds: float
    stopped_by: StoppedBy | None


class SandboxUnavailable(Exception):
    """This machine cannot run the sandbox; the message names the remedy."""


class Sandbox(Protocol):
    async def run(self, job: Job) -> Outcome:
        """Run `job` to its end or its limits.

        Cancelling the awaiting task kills every process of the job; none outlives this call.
        Raises SandboxUnavailable if the walls could not be put up, ValueError for a bad job.
        """
        ...
