"""Whom to ask next: tiers in order, and within a tier the better of two drawn by weight."""

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from millstream_agent.core.gateway.health import Health, Standing
from millstream_agent.core.gateway.offers import Offer, Route

USUAL_ANSWER: Final = 500
"""Tokens: what speed is weighed by against the time to the first one."""
HALF_LIFE: Final = 60.0
"""Seconds after which a measurement counts half."""
LOOK_AGAIN: Final = 2.0
"""Seconds after which to look how somebody else's trial goes."""
UNKNOWN: Final = 0.05
"""Seconds for whoever has not been measured: quick, so that it is."""


@dataclass(frozen=True)
class State:
    """An offer's health, and how many calls all agents have in flight there."""

    health: Health
    in_flight: int


Look = Callable[[Offer], State]


def choose(
    route: Route,
    look: Look,
    without: Collection[str],
    now: float,
    draw: random.Random,
    *,
    trials: bool = True,
) -> Offer | None:
    """The offer to ask, or None when nobody can be asked now.

    `without` names those not to ask; `trials`: whether one that may be well again is tried.
    """
    for tier in route:
        free = [offer for offer in tier if offer.name not in without and _has_room(offer, look)]
        standing = {offer.name: look(offer).health.standing(now) for offer in free}
        # One that may be well again is tried first: only so does it come back.
        resting = [offer for offer in free if standing[offer.name] is Standing.HALF_OPEN]
        closed = [offer for offer in free if standing[offer.name] is Standing.CLOSED]
        if trials and resting:
            return draw.choice(resting)
        if closed:
            drawn = _two(draw.sample(closed, len(closed)), draw)
            return min(drawn, key=lambda offer: burden(offer, look(offer), now))
    return None


def burden(offer: Offer, state: State, now: float) -> float:
    """How long an answer would take, in seconds, more where many wait, less where much is wanted.

    What was measured fades: an offer that was slow a while ago is tried again now and then.
    """
    health = state.health
    answer = USUAL_ANSWER / health.per_second if health.per_second else 0.0
    known = (health.first_content or 0.0) + answer
    faded: float = known * 0.5 ** (max(0.0, now - health.sampled_at) / HALF_LIFE)
    return (faded + UNKNOWN) * (1 + state.in_flight) / offer.weight


def soonest(route: Route, look: Look, now: float) -> float | None:
    """Seconds until the first resting offer may be tried; None when none rests."""
    rests = [look(offer).health for tier in route for offer in tier]
    waits = [_wait(health, now) for health in rests if health.rests]
    return min((wait for wait in waits if wait > 0), default=None)


def _wait(health: Health, now: float) -> float:
    """How a trial ends, is soon known; a rest lasts as long as it lasts."""
    return health.until - now if now < health.until else min(health.trial_until - now, LOOK_AGAIN)


def _has_room(offer: Offer, look: Look) -> bool:
    return offer.max_in_flight is None or look(offer).in_flight < offer.max_in_flight


def _two(offers: Sequence[Offer], draw: random.Random) -> Sequence[Offer]:
    """Two different ones, drawn by weight: power of two choices."""
    if len(offers) < 3:
        return offers
    first = draw.choices(offers, [offer.weight for offer in offers])[0]
    rest = [offer for offer in offers if offer is not first]
    return [first, draw.choices(rest, [offer.weight for offer in rest])[0]]
