"""What samples of added time and processor time come to, and whether that keeps the promise."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median, quantiles

from deploy.bench.overhead_provider import CHUNKS
from deploy.bench.overhead_rounds import Measured
from deploy.bench.overhead_sides import BARE, LITELLM, OURS

TIMES_LESS = 5
"""How many times less than LiteLLM's the p99 of what is added has to be."""


@dataclass(frozen=True)
class SideFigures:
    """Milliseconds of a whole call, and how many of them the bare SDK's calls did not take.

    `cpu` are microseconds for each chunk, by process.
    """

    calls: int
    p50: float
    p99: float
    added_p50: float
    added_p99: float
    cpu: Mapping[str, int]


@dataclass(frozen=True)
class LevelFigures:
    """All sides at one level of concurrency; `ratio` is None where there is nothing to divide."""

    concurrency: int
    sides: Mapping[str, SideFigures]
    ratio: float | None
    met: bool | None
    """None: LiteLLM was not there."""


def figures_of(concurrency: int, measured: Mapping[str, Measured]) -> LevelFigures:
    """`measured` by side, the bare SDK among them, with two calls or more each."""
    bare = measured[BARE].seconds
    sides = {name: _side(side, bare) for name, side in measured.items()}
    ours = sides[OURS].added_p99
    if LITELLM not in sides:
        return LevelFigures(concurrency, sides, None, None)
    theirs = sides[LITELLM].added_p99
    ratio = round(theirs / ours, 1) if ours > 0 else None
    return LevelFigures(concurrency, sides, ratio, theirs > 0 and theirs >= TIMES_LESS * ours)


def _side(measured: Measured, bare: list[float]) -> SideFigures:
    p50, p99 = _p50(measured.seconds), _p99(measured.seconds)
    chunks = len(measured.seconds) * CHUNKS
    return SideFigures(
        calls=len(measured.seconds),
        p50=round(p50, 2),
        p99=round(p99, 2),
        added_p50=round(p50 - _p50(bare), 2),
        added_p99=round(p99 - _p99(bare), 2),
        cpu={name: round(1e6 * spent / chunks) for name, spent in measured.cpu.items()},
    )


def _p50(seconds: list[float]) -> float:
    return 1000 * median(seconds)


def _p99(seconds: list[float]) -> float:
    return 1000 * quantiles(seconds, n=100, method="inclusive")[-1]
