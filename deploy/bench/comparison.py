"""Runs added up, and two profiles side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from deploy.bench.listening import Run

TIME_SAVED, CONTEXT_SAVED = 0.65, 0.50
"""Shares of the baseline's that the optimized profile is to save."""


@dataclass(frozen=True)
class Figures:
    """Of one or more runs. Times in seconds; None where nothing was measured.

    `context_tokens` are all input tokens of all model calls, `context_per_call` those of an
    iteration on average. TTFT is the median over iterations: `ttft` at the agent, `ttft_seen` at
    the viewer. `tokens_per_second` is what the viewer saw while an answer was written.
    """

    iterations: int
    context_tokens: int
    context_per_call: int
    cached_share: float
    ttft: float | None
    ttft_seen: float | None
    tokens_per_second: float | None
    seconds: float
    error_rate: float


@dataclass(frozen=True)
class Target:
    """A promise in words, what was measured, and whether that keeps it."""

    name: str
    measured: float
    met: bool


def add_up(runs: Sequence[Run]) -> Figures:
    """The figures of at least one run."""
    calls = [call for run in runs for call in run.calls]
    loops = [call for call in calls if call.iterates]
    timed = [call for call in loops if call.written]
    written = sum(call.written or 0 for call in timed)
    context = sum(call.input_tokens for call in calls)
    return Figures(
        iterations=len(loops),
        context_tokens=context,
        context_per_call=round(sum(call.input_tokens for call in loops) / max(1, len(loops))),
        cached_share=round(sum(call.cached_tokens for call in calls) / max(1, context), 3),
        ttft=_median(call.first_content for call in loops),
        ttft_seen=_median(call.seen for call in loops),
        tokens_per_second=(
            round(sum(call.output_tokens for call in timed) / written, 1) if written else None
        ),
        seconds=round(sum(run.seconds for run in runs), 2),
        error_rate=round(sum(not run.good for run in runs) / len(runs), 3),
    )


def targets(baseline: Figures, optimized: Figures) -> list[Target]:
    """What the optimized profile promises over all runs."""
    time_saved = 1 - optimized.seconds / baseline.seconds
    context_saved = 1 - optimized.context_tokens / baseline.context_tokens
    errors_saved = baseline.error_rate - optimized.error_rate
    return [
        Target(f"total time at least {TIME_SAVED:.0%} lower", time_saved, time_saved >= TIME_SAVED),
        Target(
            f"context tokens at least {CONTEXT_SAVED:.0%} lower",
            context_saved,
            context_saved >= CONTEXT_SAVED,
        ),
        Target("error rate not higher", errors_saved, errors_saved >= 0),
    ]


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(median(known), 3) if known else None
