"""How a user's runs did over a stretch of time: what `GET /api/metrics/summary` shows.

Times in seconds, cost in US dollars. What there is nothing to tell of is None.
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import ConfigDict

from millstream_shared.contracts.enums import ErrorType
from millstream_shared.contracts.model import Contract, Instant

Window = Literal["1h", "24h", "7d"]


class Figures(Contract):
    """Their fields are described in the API's document, in the words that stand here."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Percentiles(Figures):
    p50: float | None = None
    """Half of all are at most this."""
    p95: float | None = None
    """95 of 100 are at most this."""

    @classmethod
    def of(cls, values: Sequence[float] | None) -> "Percentiles":
        """From the two values, or from None when there was nothing to order."""
        return cls(p50=values[0], p95=values[1]) if values else cls()


class TimeToFirstToken(Figures):
    upstream: Percentiles
    """From asking a provider to the first content of its answer, of completed attempts."""
    viewer: Percentiles
    """From the message's creation until its first text or file was sent to somebody who watched it
    live, waiting in line included."""


class RunFigures(Figures):
    total: int
    """Runs that ended."""
    errors: int
    """Those that ended as ERROR, other than by their owner's cancel."""
    cancelled: int
    """Those that their owner cancelled."""
    error_rate: float | None = None
    """Errors by total."""


class TokenFigures(Figures):
    """Of all attempts, also of those that came to nothing."""

    input: int
    cached_input: int
    """The part of the input that the provider had computed before."""
    output: int


class CacheFigures(Figures):
    """Of the response cache."""

    hits: int
    """Model calls that were answered without asking anybody."""
    misses: int
    """Model calls for which a provider was asked, also where no known answer may be used."""
    rate: float | None = None
    """Hits by all calls."""


class AttemptFigures(Figures):
    total: int
    """Questions to providers."""
    failed: int
    """Those that failed; those that were called off are not among them."""
    hedged: int
    """Those asked beside a slow one."""
    by_error_type: dict[ErrorType, int]
    """How many ended with each error, those that were called off included."""


class ProviderFigures(Figures):
    provider: str
    model: str
    attempts: int
    failed: int
    ttft_p50: float | None = None
    """Seconds to the first content, of completed attempts."""
    tokens_per_second_p50: float | None = None
    cost: float


class SeriesPoint(Figures):
    """One piece of the window; a run belongs to the piece in which it ended."""

    at: Instant
    """Its beginning; the next point's is its end."""
    runs: RunFigures
    ttft: TimeToFirstToken
    tokens_per_second: Percentiles
    total_time: Percentiles


class MetricsSummary(Figures):
    """The caller's own runs that ended in the window, and model calls, by the database's clock."""

    window: Window
    since: Instant
    until: Instant
    bucket_seconds: int
    """Length of a piece of the series; the first and the last are cut by the window's ends."""
    runs: RunFigures
    ttft: TimeToFirstToken
    tokens_per_second: Percentiles
    """Output tokens by the seconds after the first content, of completed attempts; an answer that
    came in one piece (within 10 ms) has no speed."""
    total_time: Percentiles
    """From a message's creation to its end, waiting in line included."""
    tokens: TokenFigures
    cost: float
    cache: CacheFigures
    attempts: AttemptFigures
    providers: tuple[ProviderFigures, ...]
    """Most used first."""
    series: tuple[SeriesPoint, ...]
    """All pieces, oldest first, also those without a run."""
