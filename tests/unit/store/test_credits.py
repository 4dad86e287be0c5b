"""Credits: a sliding window of 24 hours."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from millstream_store.core.credits import WINDOW, standing

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

moments = st.lists(st.timedeltas(timedelta(0), timedelta(hours=30)).map(lambda ago: NOW - ago))


def test_a_new_user_has_all() -> None:
    """Nothing used, nothing comes back, nothing to wait for."""
    state = standing([], 5, NOW)
    assert (state.used, state.remaining, state.resets_at, state.retry_after) == (0, 5, None, None)


def test_the_last_credit_can_be_used() -> None:
    """One below the limit is allowed, the limit is not."""
    assert standing([NOW - HOUR] * 4, 5, NOW).retry_after is None
    assert standing([NOW - HOUR] * 5, 5, NOW).retry_after == 23 * 3600


def test_a_credit_comes_back_after_exactly_a_day() -> None:
    """The window's far end is open."""
    assert standing([NOW - WINDOW], 1, NOW).used == 0
    assert standing([NOW - WINDOW + timedelta(milliseconds=1)], 1, NOW).retry_after == 0.001


def test_a_lowered_limit_waits_for_enough_to_come_back() -> None:
    """Three used of a limit of one: the third must have come back, not the first."""
    reserved = [NOW - 3 * HOUR, NOW - 2 * HOUR, NOW - HOUR]
    state = standing(reserved, 1, NOW)
    assert (state.remaining, state.retry_after) == (0, 23 * 3600)
    assert state.resets_at == NOW + 21 * HOUR


def test_a_limit_of_none_allows_none() -> None:
    """A plan may be switched off."""
    assert standing([], 0, NOW).retry_after == 24 * 3600


@given(moments, st.integers(1, 10))
def test_waiting_as_told_is_enough(reserved: list[datetime], limit: int) -> None:
    """After `retry_after` seconds one generation is allowed, and not a millisecond earlier."""
    wait = standing(reserved, limit, NOW).retry_after
    if wait is None:
        return
    then = NOW + timedelta(seconds=wait)
    assert standing(reserved, limit, then).retry_after is None
    assert standing(reserved, limit, then - timedelta(milliseconds=1)).retry_after is not None


@given(moments, st.integers(0, 10))
def test_used_and_remaining_add_up(reserved: list[datetime], limit: int) -> None:
    """Never below nothing, never more than the limit, and a reset within a day."""
    state = standing(reserved, limit, NOW)
    assert state.remaining == max(0, limit - state.used)
    assert (state.resets_at is None) == (state.used == 0)
    assert state.resets_at is None or NOW < state.resets_at <= NOW + WINDOW
