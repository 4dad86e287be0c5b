"""Latencies as samples, and what they add up to."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True)
class Latency:
    """Measured milliseconds. `target` is what `p95` must not exceed."""

    samples: int
    p50: float
    p95: float
    most: float
    target: float

    @property
    def met(self) -> bool:
        return self.p95 <= self.target


def latency(seconds: Sequence[float], target: float) -> Latency:
    """Of at least two samples, in seconds; `target` in milliseconds."""
    times = [1000 * each for each in seconds]
    return Latency(
        samples=len(times),
        p50=round(median(times), 1),
        p95=round(quantiles(times, n=20, method="inclusive")[-1], 1),
        most=round(max(times), 1),
        target=target,
    )
