"""How many generations a user has left: a sliding window over the last 24 hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

WINDOW: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Standing:
    """A user's credits at one moment."""

    limit: int
    used: int
    resets_at: datetime | None
    """When the oldest counted credit comes back."""
    retry_after: float | None
    """Seconds until one more generation is allowed; None when it is allowed now."""

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


def standing(reserved: Sequence[datetime], limit: int, now: datetime) -> Standing:
    """The standing of a user whose credits (refunded ones left out) were reserved at `reserved`."""
    counted = sorted(moment for moment in reserved if moment > now - WINDOW)
    return Standing(
        limit=limit,
        used=len(counted),
        resets_at=counted[0] + WINDOW if counted else None,
        retry_after=_retry_after(counted, limit, now),
    )


def _retry_after(counted: Sequence[datetime], limit: int, now: datetime) -> float | None:
    too_many = len(counted) - limit
    if too_many < 0:
        return None
    if limit == 0:  # waiting does not help; ask again tomorrow
        return WINDOW.total_seconds()
    return (counted[too_many] + WINDOW - now).total_seconds()
