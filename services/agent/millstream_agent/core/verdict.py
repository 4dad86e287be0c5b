"""What the checks mean for a run: which version is best, and whether it counts as a result."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from millstream_agent.core.tree import FileTree
from millstream_shared.contracts.checks import CheckFinished, CheckOutcome, ValidationFinished
from millstream_shared.contracts.enums import CheckKind


@dataclass(frozen=True)
class Version:
    """One state of the app with its verdict."""

    tree: FileTree
    verdict: ValidationFinished

    @property
    def badness(self) -> tuple[int, int]:
        """Lower is better: first the failed checks, a failed build weighing most, then findings."""
        failed = [check for check in self.verdict.checks if not check.passed]
        weight = sum(2 if check.kind is CheckKind.BUILD else 1 for check in failed)
        errors = sum(finding.severity == "error" for check in failed for finding in check.findings)
        return weight, errors


def best(versions: Sequence[Version]) -> Version:
    """The best version; of equals the latest."""
    return min(reversed(versions), key=lambda version: version.badness)


def fingerprint(verdict: ValidationFinished) -> Counter[tuple[str, ...]]:
    """What is wrong and how often, wherever in a file it stands and however it is numbered."""
    return Counter(
        (check.kind, finding.path or "", finding.rule or "", re.sub(r"\d+", "_", finding.message))
        for check in verdict.checks
        if not check.passed
        for finding in check.findings
    )


def is_stuck(versions: Sequence[Version]) -> bool:
    """Whether the last version has exactly the findings of an earlier one."""
    *earlier, last = (fingerprint(version.verdict) for version in versions)
    return bool(last) and last in earlier


def check_of(verdict: ValidationFinished, kind: CheckKind) -> CheckFinished | None:
    return next((check for check in verdict.checks if check.kind is kind), None)


def builds(verdict: ValidationFinished) -> bool:
    """Whether the app was built; without that it is no result, whatever else is green."""
    build = check_of(verdict, CheckKind.BUILD)
    return build is not None and build.passed


def unavailable(verdict: ValidationFinished) -> CheckFinished | None:
    """A check that could not be run at all, if there is one."""
    return next(
        (check for check in verdict.checks if check.outcome is CheckOutcome.UNAVAILABLE), None
    )


def in_words(verdict: ValidationFinished) -> str:
    """For the response writer."""
    return ", ".join(
        f"{check.kind}: {check.outcome} ({len(check.findings)} findings)"
        for check in verdict.checks
    )
