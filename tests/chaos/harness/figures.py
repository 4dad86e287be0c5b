"""What a session of faults adds up to, printed at its end."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.chaos.harness.invariants.verdict import Harm, Violation
from tests.chaos.harness.payments import Payments
from tests.chaos.harness.system import ACK_WAIT

TARGETS: Final = {"takeover": ACK_WAIT + 2, "drain": 30.0}
"""Seconds: what p95, or for a drain the longest, must not exceed."""


@dataclass
class Figures:
    """Counts and times over all scenarios of a session."""

    runs: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    harms: Counter[Harm] = field(default_factory=Counter)
    times: dict[str, list[float]] = field(default_factory=dict)
    paid: int = 0
    needed: int = 0

    def time(self, name: str, *seconds: float) -> None:
        self.times.setdefault(name, []).extend(seconds)

    def count(self, scenario: str, runs: int, found: Sequence[Violation]) -> None:
        self.runs[scenario] += runs
        self.harms.update(violation.harm for violation in found)

    def pay(self, done: Payments) -> None:
        self.paid += done.paid.total()
        self.needed += done.needed.total()

    def lines(self) -> Iterator[str]:
        faults = ", ".join(f"{count} {what}" for what, count in sorted(self.faults.items()))
        harms = ", ".join(f"{self.harms[harm]} {harm}" for harm in Harm)
        yield f"runs      {self.runs.total()}: {harms}"
        yield f"faults    {self.faults.total()}: {faults}"
        for scenario, count in self.runs.items():
            yield f"          {scenario}: {count} runs"
        for name, seconds in sorted(self.times.items()):
            target = f", to be at most {TARGETS[name]:g}" if name in TARGETS else ""
            yield (
                f"{name:<28} n={len(seconds):<4} p50 {percentile(seconds, 50):6.2f} s  "
                f"p95 {percentile(seconds, 95):6.2f} s  max {max(seconds):6.2f} s{target}"
            )
        if self.needed:
            ratio = self.paid / self.needed
            yield f"model calls  {self.paid} paid for {self.needed} needed: {ratio:.3f}"


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of `values` that is not below `percent` of them."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
