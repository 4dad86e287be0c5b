"""How an offer is doing: a circuit breaker and two running averages, as one value.

Pure: every change gives a new value, so that agents can agree on one by compare-and-set. Times in
Unix seconds; clocks of agents may differ by a second or two without harm.

    closed     asked as usual; FAILURES in a row, or one that says so itself, open it
    open       nobody asks before `until`
    half-open  after that, one agent at a time may try; its answer closes or opens it again
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from millstream_agent.core.gateway.blame import BLAME
from millstream_shared.contracts.enums import ErrorType

FAILURES: Final = 3
FIRST_REST: Final = 5.0
LONGEST_REST: Final = 120.0
LONG_REST: Final = 60.0
TRIAL: Final = 90.0
"""How long a trial may take before another agent may try: its agent may have died."""
SMOOTHING: Final = 0.2
"""Weight of the newest sample."""


class Standing(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True)
class Health:
    """What all agents together know of one offer."""

    failures: int = 0
    """In a row."""
    rests: int = 0
    """In a row: each is twice as long as the one before."""
    until: float = 0.0
    trial_until: float = 0.0
    first_content: float | None = None
    """Seconds, as a running average."""
    spread: float = 0.0
    """Mean deviation of that, in seconds."""
    per_second: float | None = None
    """Tokens a second while answering."""
    samples: int = 0
    sampled_at: float = 0.0

    def standing(self, now: float) -> Standing:
        if not self.rests:
            return Standing.CLOSED
        resting = now < self.until or now < self.trial_until
        return Standing.OPEN if resting else Standing.HALF_OPEN

    @property
    def hedge_after(self) -> float | None:
        """About the 95th percentile of the time to first content; None while too little is known.

        For the skewed distributions of latencies, three mean deviations above the mean.
        """
        if self.first_content is None or self.samples < 5:
            return None
        return self.first_content + 3 * self.spread

    def tried(self, now: float) -> "Health":
        """Somebody tries out whether it answers again."""
        return replace(self, trial_until=now + TRIAL)

    def untried(self) -> "Health":
        """A trial that we ended ourselves says nothing: another may try."""
        return replace(self, trial_until=0.0)

    def speaking(self, now: float) -> "Health":
        """A trial has brought first content: others may ask again."""
        return self if now < self.until else replace(self, rests=0, failures=0, trial_until=0.0)

    def answered(self, first_content: float, per_second: float | None, now: float) -> "Health":
        """A whole answer: all is well, unless it wants to be left alone, and the averages move."""
        resting = now < self.until
        known = self.first_content
        off = abs(first_content - known) if known is not None else first_content / 2
        return Health(
            rests=self.rests if resting else 0,
            until=self.until if resting else 0.0,
            first_content=_moved(known, first_content),
            spread=_moved(self.spread if known is not None else None, off),
            per_second=self.per_second
            if per_second is None
            else _moved(self.per_second, per_second),
            samples=self.samples + 1,
            sampled_at=now,
        )

    def failed(self, error_type: ErrorType, retry_after: float | None, now: float) -> "Health":
        """One more failure; a trial that fails is followed by a longer rest."""
        rest = BLAME[error_type].rest
        if rest == "none":
            return self.untried()
        if rest == "limit":
            return self._rested(FIRST_REST if retry_after is None else retry_after, now)
        if rest == "long":
            return self._rested(LONG_REST, now)
        if now < self.until:  # asked before it was to rest: that is known already
            return self
        failures = self.failures + 1
        if failures < FAILURES and not self.rests:
            return replace(self, failures=failures)
        doubled = min(LONGEST_REST, FIRST_REST * 2 ** min(self.rests, 10))
        return replace(self, failures=failures)._rested(max(doubled, retry_after or 0.0), now)

    def _rested(self, seconds: float, now: float) -> "Health":
        until = max(self.until, now + seconds)
        return replace(self, rests=self.rests + 1, until=until, trial_until=0.0)


def _moved(average: float | None, sample: float) -> float:
    return sample if average is None else average + SMOOTHING * (sample - average)
