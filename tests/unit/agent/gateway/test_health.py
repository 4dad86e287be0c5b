"""The circuit breaker and the averages of one offer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millstream_agent.core.gateway.blame import BLAME
from millstream_agent.core.gateway.health import (
    FAILURES,
    FIRST_REST,
    LONGEST_REST,
    TRIAL,
    Health,
    Standing,
)
from millstream_shared.contracts.enums import ErrorType

NOW = 1_000.0
ANSWER = (0.5, 80.0)


def failing(times: int, error_type: ErrorType = ErrorType.OVERLOADED) -> Health:
    health = Health()
    for _ in range(times):
        health = health.failed(error_type, None, NOW)
    return health


def test_every_error_type_has_its_consequences() -> None:
    """A new one has to find its place in the table."""
    assert set(BLAME) == set(ErrorType)


def test_some_failures_in_a_row_open_the_circuit() -> None:
    """Not the first one; and an answer in between starts the count again."""
    assert failing(FAILURES - 1).standing(NOW) is Standing.CLOSED
    assert failing(FAILURES).standing(NOW) is Standing.OPEN
    recovered = failing(FAILURES - 1).answered(*ANSWER, NOW).failed(ErrorType.CUT, None, NOW)
    assert recovered.standing(NOW) is Standing.CLOSED


def test_after_a_rest_one_may_try() -> None:
    """Open, then half-open; while somebody tries nobody else may; an answer closes it."""
    health, later = failing(FAILURES), NOW + FIRST_REST
    assert health.standing(later) is Standing.HALF_OPEN
    assert health.tried(later).standing(later) is Standing.OPEN
    assert health.tried(later).standing(later + TRIAL) is Standing.HALF_OPEN
    assert health.tried(later).answered(*ANSWER, later).standing(later) is Standing.CLOSED


def test_a_trial_that_fails_is_followed_by_a_longer_rest() -> None:
    """Twice as long each time, up to a limit: an outage costs a bounded number of attempts."""
    health, now, rests = failing(FAILURES), NOW, []
    for _ in range(8):
        rests.append(health.until - now)
        now = health.until
        health = health.tried(now).failed(ErrorType.OVERLOADED, None, now)
    assert rests[:3] == [FIRST_REST, 2 * FIRST_REST, 4 * FIRST_REST]
    assert rests[-1] == LONGEST_REST


def test_a_providers_wish_is_kept() -> None:
    """`Retry-After` opens the circuit at once, for as long as it says."""
    limited = Health().failed(ErrorType.RATE_LIMITED, 42.0, NOW)
    assert limited.standing(NOW + 41.9) is Standing.OPEN
    assert limited.standing(NOW + 42.0) is Standing.HALF_OPEN


@pytest.mark.parametrize(
    "error_type", [kind for kind, blame in BLAME.items() if blame.rest == "none"]
)
def test_nobody_is_blamed_for_what_is_not_theirs(error_type: ErrorType) -> None:
    """A question that is too long says nothing of the provider."""
    assert failing(10, error_type).standing(NOW) is Standing.CLOSED


def test_an_early_hedge_needs_experience() -> None:
    """A few answers first; then it begins above the usual time, and follows it."""
    health = Health()
    for _ in range(4):
        health = health.answered(1.0, None, NOW)
    assert health.hedge_after is None
    for _ in range(30):
        health = health.answered(1.0, None, NOW)
    assert health.hedge_after == pytest.approx(1.0, abs=0.01)
    assert (health.answered(2.0, None, NOW).hedge_after or 0) > 1.5


@given(st.lists(st.tuples(st.sampled_from(ErrorType), st.floats(0, 500) | st.none()), max_size=40))
def test_a_rest_always_ends(failures: list[tuple[ErrorType, float | None]]) -> None:
    """Whatever happens, the offer can be tried again some day, and one answer makes it well."""
    health, now = Health(), NOW
    for error_type, wish in failures:
        health = health.failed(error_type, wish, now)
        now += 1
    later = max(now, health.until, health.trial_until)
    assert health.standing(later) is not Standing.OPEN
    assert health.until <= now + 500
    assert health.answered(*ANSWER, later).standing(later) is Standing.CLOSED
