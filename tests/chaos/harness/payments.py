"""Whether each finished model call was paid for once: the provider's counters against the runs."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.chaos.harness.evidence import Evidence, standing
from tests.chaos.harness.invariants.verdict import Harm, Violation

Calls = Counter[str]
"""Model calls by role."""


@dataclass(frozen=True)
class Payments:
    """What a scenario paid for, and what its runs needed; `cuts` are model calls it broke off."""

    paid: Calls
    needed: Calls
    takeovers: int
    cuts: int = 0

    @property
    def surplus(self) -> Calls:
        roles = self.paid.keys() | self.needed.keys()
        return Calls({role: self.paid[role] - self.needed[role] for role in roles})

    @property
    def waste(self) -> float:
        """Paid calls for each needed one; 1.0 is none wasted."""
        return self.paid.total() / max(1, self.needed.total())


def needed_calls(runs: Iterable[Evidence]) -> Calls:
    """The calls whose answers are part of what viewers were left with, and new ones."""
    return Calls(
        event.data["role"]
        for run in runs
        for event in standing(run.events)
        if event.data["type"] == "usage" and not event.data.get("cached")
    )


def payments(runs: Iterable[Evidence], paid: Calls, cuts: int = 0) -> Payments:
    runs = tuple(runs)
    return Payments(paid, needed_calls(runs), sum(run.takeovers for run in runs), cuts)


def calls_are_paid_once(done: Payments) -> Iterator[Violation]:
    """A takeover may repeat the call that was cut; two while title and response are written."""
    surplus = done.surplus
    together = max(0, min(surplus["title"], surplus["response"]))
    allowed = done.takeovers + done.cuts
    if surplus.total() - together > allowed:
        detail = f"{dict(surplus)} paid beside what was needed, with {allowed} calls cut"
        yield Violation("calls_are_paid_once", Harm.DOUBLED, detail)
    for role, count in surplus.items():
        if count < 0:
            detail = f"{-count} {role} calls are shown that nobody paid for"
            yield Violation("calls_are_paid_once", Harm.DIFFERENT, detail)
