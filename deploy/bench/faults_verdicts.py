"""What the calls of one case come to."""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.bench.faults_calls import Heard
from deploy.bench.faults_cases import Case, passes, seen


@dataclass(frozen=True)
class Verdict:
    """Of all calls of a case together; `seconds_added` are those of a call, over a healthy one.

    `hedges` are a part of `attempts`, and no fault's doing; `wasted_tokens` are a part of `tokens`:
    what attempts cost that came to nothing.
    """

    fault: str
    seen: str
    attempts: int
    hedges: int
    wasted_tokens: int
    tokens: int
    seconds_added: float
    passed: bool


def judge(case: Case, heard: Sequence[Heard], healthy: Heard) -> Verdict:
    """`heard` are the case's calls, at least one; `healthy` is what nothing went wrong with."""
    attempts, hedges = sum(len(each.lines) for each in heard), sum(each.hedges for each in heard)
    seconds = sum(each.seconds for each in heard) / len(heard)
    right = all(passes(case, each, healthy) for each in heard)
    return Verdict(
        fault=case.name,
        seen=" / ".join(dict.fromkeys(seen(each).value for each in heard)),
        attempts=attempts,
        hedges=hedges,
        wasted_tokens=sum(each.wasted for each in heard),
        tokens=sum(each.charged for each in heard),
        seconds_added=round(seconds - healthy.seconds, 2),
        passed=right and attempts - hedges <= case.most_attempts,
    )
