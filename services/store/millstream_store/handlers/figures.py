"""Figures of a user's runs and model calls, and the one figure that only a gateway can know."""

from millstream_shared.contracts.metrics import MetricsSummary
from millstream_shared.contracts.store import FirstTokenNoted, FirstTokenSeen, GetSummary
from millstream_store.core.windows import ORIGIN, SPANS
from millstream_store.sql.figures import provider_figures, series, whole
from millstream_store.sql.session import Database


class FiguresOfUsers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def on_get_summary(self, request: GetSummary) -> MetricsSummary:
        span = SPANS[request.window]
        async with self._database.reading() as session:
            until = await session.value("clock")
            asked = {"user_id": request.user_id, "since": until - span.length}
            cut = {"bucket": span.bucket, "origin": ORIGIN}
            runs = await session.rows("summarize_runs", **asked, **cut)
            attempts = await session.rows("summarize_attempts", **asked, **cut)
            errors = await session.rows("summarize_errors", **asked)
            providers = await session.rows("summarize_providers", **asked)
        total = whole(runs, attempts)
        return MetricsSummary.model_validate(
            {
                "window": request.window,
                "since": asked["since"],
                "until": until,
                "bucket_seconds": span.bucket.total_seconds(),
                **total.figures(),
                **total.sums(errors),
                "providers": [provider_figures(row) for row in providers],
                "series": series(span.pieces(until), runs, attempts),
            }
        )

    async def on_note_first_token(self, request: FirstTokenSeen) -> FirstTokenNoted:
        """For no user's sake, so nobody's in particular: it tells only how long a message took."""
        async with self._database.reading() as session:
            seconds = await session.value("note_first_token", message_id=request.message_id)
        return FirstTokenNoted(seconds=seconds)
