"""From the rows of the `summarize_...` statements to the figures that the store shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from millstream_shared.contracts.metrics import (
    AttemptFigures,
    CacheFigures,
    Percentiles,
    ProviderFigures,
    RunFigures,
    SeriesPoint,
    TimeToFirstToken,
    TokenFigures,
)
from millstream_store.sql.session import Row

NOTHING: Mapping[str, int | None] = {
    "total": 0,
    "errors": 0,
    "cancelled": 0,
    "totalTime": None,
    "firstToken": None,
    "firstContent": None,
    "tokensPerSecond": None,
}
"""A piece of the window in which nothing ended."""


@dataclass(frozen=True)
class Piece:
    """A row of `summarize_runs` and one of `summarize_attempts`, of the same stretch of time."""

    runs: Row
    attempts: Row

    def figures(self) -> Mapping[str, object]:
        """What a point of the series and the whole summary have in common."""
        return {
            "runs": _runs(self.runs),
            "ttft": TimeToFirstToken(
                upstream=Percentiles.of(self.attempts["firstContent"]),
                viewer=Percentiles.of(self.runs["firstToken"]),
            ),
            "tokens_per_second": Percentiles.of(self.attempts["tokensPerSecond"]),
            "total_time": Percentiles.of(self.runs["totalTime"]),
        }

    def sums(self, errors: Sequence[Row]) -> Mapping[str, object]:
        """What only the whole has; `errors` are rows of `summarize_errors`."""
        row = self.attempts
        calls = row["hits"] + row["misses"]
        return {
            "tokens": TokenFigures.model_validate(dict(row)),
            "cost": row["cost"],
            "cache": CacheFigures(
                hits=row["hits"], misses=row["misses"], rate=_share(row["hits"], calls)
            ),
            "attempts": AttemptFigures(
                total=row["total"],
                failed=row["failed"],
                hedged=row["hedged"],
                by_error_type={error["errorType"]: error["count"] for error in errors},
            ),
        }


def whole(runs: Sequence[Row], attempts: Sequence[Row]) -> Piece:
    """The rows of all; there always are some, also of nothing."""
    return Piece(_by_time(runs)[None], _by_time(attempts)[None])


def series(
    pieces: Sequence[datetime], runs: Sequence[Row], attempts: Sequence[Row]
) -> tuple[SeriesPoint, ...]:
    """A point for each of `pieces`, whether something ended in it or not."""
    runs_at, attempts_at = _by_time(runs), _by_time(attempts)
    return tuple(
        SeriesPoint.model_validate(
            {"at": at, **Piece(runs_at.get(at, NOTHING), attempts_at.get(at, NOTHING)).figures()}
        )
        for at in pieces
    )


def provider_figures(row: Row) -> ProviderFigures:
    """A row of `summarize_providers`."""
    return ProviderFigures.model_validate(dict(row))


def _by_time(rows: Sequence[Row]) -> dict[datetime | None, Row]:
    return {row["at"]: row for row in rows}


def _runs(row: Row) -> RunFigures:
    return RunFigures(
        total=row["total"],
        errors=row["errors"],
        cancelled=row["cancelled"],
        error_rate=_share(row["errors"], row["total"]),
    )


def _share(part: int, all_of_them: int) -> float | None:
    return part / all_of_them if all_of_them else None
