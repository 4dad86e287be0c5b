"""Checking an app and running commands on it: between agent and validator.

A tree of files travels as a snapshot, path -> sha256 (hex) of a blob, never as a path on a disk;
so any validator on any machine can work on it. A verdict comes from exit codes alone.
"""

from enum import StrEnum
from typing import Literal

from millstream_shared.contracts.enums import CheckKind, Framework
from millstream_shared.contracts.model import Contract

Snapshot = dict[str, str]
"""path -> sha256 (hex) of the file's bytes, which are in the blob store."""


class Finding(Contract):
    """One thing a check found; lines and columns count from 1."""

    path: str | None = None
    line: int | None = None
    column: int | None = None
    rule: str | None = None
    severity: Literal["error", "warning"] = "error"
    message: str


class CheckOutcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNAVAILABLE = "unavailable"
    """The check could not be run at all; never to be taken for green."""


class WorkRequest(Contract):
    """What every request to the workshop carries; `step` is unique within the message."""

    message_id: str
    step: str
    framework: Framework
    files: Snapshot


class ValidationRequested(WorkRequest):
    """Asks for all checks of a snapshot. Published by the agent."""

    parallel: bool = True


class CheckRequested(WorkRequest):
    """Asks for one check of a snapshot. Published by the validator, one per kind."""

    kind: CheckKind


class CommandRequested(WorkRequest):
    """Asks to run one shell command over a snapshot. Published by the agent."""

    command: str


class CheckFinished(Contract):
    """Signals one check's verdict. Published by the validator.

    `output` is the raw tail (at most 16 kB); `built` is what a passed build made.
    """

    message_id: str
    step: str
    kind: CheckKind
    outcome: CheckOutcome
    exit_code: int | None = None
    findings: tuple[Finding, ...] = ()
    output: str = ""
    seconds: float = 0.0
    built: Snapshot = {}

    @property
    def passed(self) -> bool:
        return self.outcome is CheckOutcome.PASSED


class ValidationFinished(Contract):
    """Signals the verdict over a snapshot. Published by the validator."""

    message_id: str
    step: str
    checks: tuple[CheckFinished, ...]

    @property
    def passed(self) -> bool:
        return bool(self.checks) and all(check.passed for check in self.checks)


class CommandFinished(Contract):
    """Signals a command's end. Published by the validator.

    `exit_code` is None when the command was stopped; `stopped_by` says by which limit.
    `changed` and `deleted` are its effects on the snapshot.
    """

    message_id: str
    step: str
    exit_code: int | None = None
    output: str
    stopped_by: str | None = None
    changed: Snapshot = {}
    deleted: tuple[str, ...] = ()
