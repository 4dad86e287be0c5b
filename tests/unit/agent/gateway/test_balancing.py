"""Whom to ask: by tier, by weight, by speed, by room."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from millstream_agent.core.gateway.balancing import HALF_LIFE, State, choose, soonest
from millstream_agent.core.gateway.health import Health
from millstream_agent.core.gateway.offers import Offer, Route
from millstream_shared.contracts.enums import ErrorType

NOW = 1_000.0
QUICK, SLOW, THIRD = Offer("a", "quick"), Offer("b", "slow"), Offer("c", "third")
OPEN = Health().failed(ErrorType.RATE_LIMITED, 30.0, NOW)


def answering(first_content: float, at: float = NOW) -> Health:
    return Health().answered(first_content, 100.0, at)


def chosen(
    route: Route,
    states: dict[Offer, State] | None = None,
    *,
    without: tuple[Offer, ...] = (),
    now: float = NOW,
    times: int = 400,
) -> Counter[Offer | None]:
    draw, states = random.Random(7), states or {}  # noqa: S311 - spreads load, guards nothing

    def look(offer: Offer) -> State:
        return states.get(offer, State(Health(), 0))

    names = {offer.name for offer in without}
    return Counter(choose(route, look, names, now, draw) for _ in range(times))


def test_the_first_tier_that_can_answer_is_asked() -> None:
    """A later one only when all before it rest, are full or were tried."""
    route = ((QUICK,), (SLOW,))
    assert set(chosen(route)) == {QUICK}
    assert set(chosen(route, {QUICK: State(OPEN, 0)})) == {SLOW}
    assert set(chosen(route, without=(QUICK,))) == {SLOW}
    full = replace(QUICK, max_in_flight=2)
    assert set(chosen(((full,), (SLOW,)), {full: State(Health(), 2)})) == {SLOW}
    assert set(chosen(route, without=(QUICK, SLOW))) == {None}


def test_the_quicker_of_two_is_asked() -> None:
    """By what was measured; many calls in flight make it slower."""
    states = {QUICK: State(answering(0.2), 0), SLOW: State(answering(3.0), 0)}
    assert set(chosen(((QUICK, SLOW),), states)) == {QUICK}
    states[QUICK] = State(answering(0.2), 20)
    assert set(chosen(((QUICK, SLOW),), states)) == {SLOW}


def test_who_is_not_known_is_tried() -> None:
    """So that it becomes known; and what was slow long ago is tried again."""
    states = {QUICK: State(answering(0.2), 0)}
    assert set(chosen(((QUICK, THIRD),), states)) == {THIRD}
    states = {QUICK: State(answering(0.2, NOW + 8 * HALF_LIFE), 0), SLOW: State(answering(3.0), 0)}
    assert set(chosen(((QUICK, SLOW),), states, now=NOW + 8 * HALF_LIFE)) == {SLOW}


def test_equals_share_the_calls() -> None:
    """Evenly, or by their weights."""
    even = chosen(((QUICK, SLOW, THIRD),), times=3_000)
    assert all(800 < even[offer] < 1_200 for offer in (QUICK, SLOW, THIRD))
    heavy = replace(QUICK, weight=5.0)
    assert chosen(((heavy, SLOW, THIRD),))[heavy] > 300


def test_a_rested_one_is_tried_first() -> None:
    """Else it would never come back."""
    states = {QUICK: State(OPEN, 0)}
    assert set(chosen(((QUICK, SLOW),), states, now=NOW + 31)) == {QUICK}


@pytest.mark.parametrize(("seconds", "left"), [(0, 30.0), (10, 20.0), (31, None)])
def test_the_end_of_the_first_rest_is_known(seconds: float, left: float | None) -> None:
    """So that a call can wait for it."""
    states = {QUICK: State(OPEN, 0), SLOW: State(replace(OPEN, until=NOW + 90), 0)}
    route = ((QUICK,),) if left is None else ((QUICK, SLOW),)
    assert soonest(route, states.__getitem__, NOW + seconds) == left
