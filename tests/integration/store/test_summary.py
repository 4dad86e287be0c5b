"""Figures over a window: of one's own runs and model calls, as a whole and piece by piece."""

import asyncio
from itertools import pairwise

import pytest

from millstream_shared.contracts.enums import AttemptOutcome, ErrorType, MessageType, Plan
from millstream_shared.contracts.metrics import (
    AttemptFigures,
    CacheFigures,
    MetricsSummary,
    Percentiles,
    ProviderFigures,
    RunFigures,
    TimeToFirstToken,
    TokenFigures,
    Window,
)
from millstream_shared.contracts.store import FirstTokenSeen, GetSummary, OneProject
from tests.integration.store.stored import Store
from tests.integration.store.test_ledger import attempted, ended


async def summary(store: Store, user: str, window: Window = "1h") -> MetricsSummary:
    return await store.figures.on_get_summary(GetSummary(user_id=user, window=window))


async def begin(store: Store, user: str, project: str) -> str:
    return (await store.begin(user, project)).message.id


async def seen(store: Store, message: str) -> float | None:
    return (await store.figures.on_note_first_token(FirstTokenSeen(message_id=message))).seconds


async def age(store: Store, message: str, seconds: float) -> None:
    """Makes a message and its credit that much older."""
    for table, column, key in (
        ("Message", "createdAt", "id"),
        ("Credit", "reservedAt", "messageId"),
    ):
        await store.sql(
            f"""UPDATE "{table}" SET "{column}" = "{column}" - $1 * interval '1 second'
            WHERE "{key}" = $2""",  # noqa: S608 - names from three lines above
            seconds,
            message,
        )


@pytest.mark.parametrize(("window", "points"), [("1h", 61), ("24h", 73), ("7d", 57)])
async def test_nothing_is_a_summary_too(store: Store, window: Window, points: int) -> None:
    """Zeros, no percentiles, and all the pieces that a chart needs."""
    user = await store.user()
    told = await summary(store, user, window)
    assert told.runs == RunFigures(total=0, errors=0, cancelled=0, error_rate=None)
    assert told.ttft == TimeToFirstToken(upstream=Percentiles(), viewer=Percentiles())
    assert told.cache == CacheFigures(hits=0, misses=0, rate=None)
    assert (told.providers, told.cost, told.attempts.by_error_type) == ((), 0, {})
    assert points - 1 <= len(told.series) <= points
    begins = [point.at for point in told.series]
    steps = {(later - earlier).total_seconds() for earlier, later in pairwise(begins)}
    assert steps == {told.bucket_seconds}
    assert told.series[0].at <= told.since
    assert told.series[-1].at <= told.until


async def test_runs_are_counted_by_how_they_ended(store: Store) -> None:
    """A cancelled one is no error, one that runs has not ended, one deleted unrun never was."""
    user = await store.user(plan=Plan.PRO)
    project = await store.project(user)
    good, bad, cancelled = [await begin(store, user, project) for _ in range(3)]
    await age(store, good, 10)
    await age(store, bad, 20)
    await store.tell(ended(good), ended(bad, MessageType.ERROR, reason="deadline"))
    await store.cancel(user, cancelled)
    await store.tell(ended(cancelled, MessageType.ERROR, reason="cancelled"))
    await begin(store, user, project)
    deleted = await store.project(user)
    for _ in range(5):
        await begin(store, user, deleted)
    await store.projects.on_delete_project(OneProject(user_id=user, project_id=deleted))
    told = await summary(store, user)
    assert told.runs == RunFigures(total=3, errors=1, cancelled=1, error_rate=1 / 3)
    assert told.total_time.p50 == pytest.approx(10, abs=5)
    assert told.total_time.p95 == pytest.approx(19, abs=5)
    for figure in ("total", "errors", "cancelled"):
        assert sum(getattr(point.runs, figure) for point in told.series) == getattr(
            told.runs, figure
        )


async def test_model_calls_are_summed_up(store: Store) -> None:
    """Percentiles of completed ones only, sums of all; a known answer is a hit and no attempt."""
    user, message = await store.begun()
    outcome = AttemptOutcome
    await store.tell(
        attempted(message, first_content=0.2, seconds=2.2, output_tokens=100),
        attempted(message, call="code-2", first_content=0.4, seconds=1.4, output_tokens=100),
        attempted(message, call="title", provider="two", first_content=0.6, seconds=0.605),
        attempted(message, call="fix", outcome=outcome.FAILED, error_type=ErrorType.CUT),
        attempted(
            message,
            call="fix",
            number=2,
            outcome=outcome.CANCELLED,
            error_type=ErrorType.SUPERSEDED,
            hedge=True,
        ),
        attempted(message, call="fix", number=3, first_content=0.8, seconds=2.8),
        attempted(
            message,
            call="response",
            outcome=outcome.CACHED,
            input_tokens=0,
            output_tokens=0,
            cost=0,
            first_content=None,
            seconds=0,
        ),
    )
    told = await summary(store, user, "24h")
    assert told.ttft.upstream.p50 == pytest.approx(0.5)
    assert told.ttft.upstream.p95 == pytest.approx(0.77)
    assert told.tokens_per_second.p50 == pytest.approx(100), "50, 100 and 100; none of one piece"
    assert told.tokens == TokenFigures(input=6000, cached_input=0, output=1000)
    assert told.cost == pytest.approx(0.06)
    assert told.cache == CacheFigures(hits=1, misses=4, rate=0.2)
    assert told.attempts == AttemptFigures(
        total=6,
        failed=1,
        hedged=1,
        by_error_type={ErrorType.CUT: 1, ErrorType.SUPERSEDED: 1},
    )
    first, second = told.providers
    assert (first.provider, first.attempts, first.failed) == ("one", 5, 1)
    assert second == ProviderFigures(
        provider="two", model="large", attempts=1, failed=0, ttft_p50=0.6, cost=0.01
    )
    (point,) = [point for point in told.series if point.ttft.upstream.p50 is not None]
    assert point.ttft == told.ttft
    assert point.tokens_per_second == told.tokens_per_second


async def test_figures_belong_to_the_time_they_are_of(store: Store) -> None:
    """What is older than the window is left out; what is in it lies in its piece of the series."""
    user, message = await store.begun()
    await store.tell(attempted(message), ended(message))
    for table, column in (("ModelAttempt", "recordedAt"), ("Credit", "endedAt")):
        await store.sql(
            f"""UPDATE "{table}" SET "{column}" = "{column}" - interval '2 hours'"""  # noqa: S608 - names from above
        )
    assert (await summary(store, user)).runs.total == 0
    assert (await summary(store, user)).attempts.total == 0
    told = await summary(store, user, "24h")
    (at,) = [point.at for point in told.series if point.runs.total and point.ttft.upstream.p50]
    late = (told.until - at).total_seconds()
    assert 2 * 3600 - 60 <= late <= 2 * 3600 + told.bucket_seconds + 60


async def test_another_user_sees_nothing_of_it(store: Store) -> None:
    """Neither runs nor calls nor money."""
    user, message = await store.begun()
    await store.tell(attempted(message), ended(message))
    await seen(store, message)
    mine, theirs = await summary(store, user), await summary(store, await store.user("bob"))
    assert (mine.runs.total, mine.attempts.total, len(mine.providers)) == (1, 1, 1)
    assert (theirs.runs.total, theirs.attempts.total, theirs.providers, theirs.cost) == (
        0,
        0,
        (),
        0,
    )
    assert theirs.ttft.viewer.p50 is None


async def test_the_first_to_see_a_token_is_counted(store: Store) -> None:
    """Since the message's creation; whoever comes later, also at once, hears that it was told."""
    user, message = await store.begun()
    await age(store, message, 3)
    heard = await asyncio.gather(*(seen(store, message) for _ in range(8)))
    (seconds,) = [each for each in heard if each is not None]
    assert 3 <= seconds < 10
    assert await seen(store, message) is None
    assert await seen(store, "nobody") is None
    await store.tell(ended(message))
    assert (await summary(store, user)).ttft.viewer == Percentiles(p50=seconds, p95=seconds)
