"""From outcomes of sandboxed jobs to a check's verdict."""

from collections.abc import Sequence

from millstream_shared.contracts.checks import CheckFinished, CheckOutcome, CheckRequested, Finding
from millstream_validator.core.findings import read_findings
from millstream_validator.core.sandbox import Outcome

TAIL_CHARS = 16_000
LIMITS = {
    "WALL": "it took too long",
    "MEMORY": "it used too much memory",
    "DISK": "it wrote too much to disk",
    "OUTPUT": "it printed too much",
}


def judge(request: CheckRequested, outcomes: Sequence[Outcome]) -> CheckFinished:
    """The verdict over a check's commands, of which all but the last ended with exit code 0."""
    last = outcomes[-1]
    passed = last.exit_code == 0 and last.stopped_by is None
    output = last.stdout if not last.stderr else f"{last.stdout}\n{last.stderr}".strip()
    return CheckFinished(
        message_id=request.message_id,
        step=request.step,
        kind=request.kind,
        outcome=CheckOutcome.PASSED if passed else CheckOutcome.FAILED,
        exit_code=last.exit_code,
        findings=() if passed else _findings(last),
        output="" if passed else output[-TAIL_CHARS:],
        seconds=round(sum(outcome.seconds for outcome in outcomes), 3),
    )


def failed(check: CheckFinished, finding: Finding) -> CheckFinished:
    """A check that passed its commands, and fails all the same."""
    return check.model_copy(
        update={"outcome": CheckOutcome.FAILED, "findings": (finding,), "output": finding.message}
    )


def blames_tool(check: CheckFinished) -> bool:
    """Whether a failure says nothing of the code: no finding names a file in it."""
    failed = check.outcome is CheckOutcome.FAILED
    return failed and not any(finding.path for finding in check.findings)


def unavailable(request: CheckRequested, why: str) -> CheckFinished:
    """The check could not be run; that is never green."""
    return CheckFinished(
        message_id=request.message_id,
        step=request.step,
        kind=request.kind,
        outcome=CheckOutcome.UNAVAILABLE,
        output=why,
    )


def _findings(outcome: Outcome) -> tuple[Finding, ...]:
    if outcome.stopped_by:
        why = LIMITS[outcome.stopped_by]
        return (Finding(message=f"the check was stopped: {why}"),)
    return read_findings(outcome.stdout) or read_findings(outcome.stderr)
