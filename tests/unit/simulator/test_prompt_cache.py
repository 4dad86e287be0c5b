"""The provider's prompt cache, and what reading a prompt costs."""

from collections.abc import Callable
from typing import Any

import pytest

from millstream_simulator.catalogue import SPEEDS
from millstream_simulator.prompt import Part, read_prompt
from millstream_simulator.prompt_cache import CAPACITY, LIFETIME, PromptCache
from millstream_simulator.request import ChatRequest

Ask = Callable[..., ChatRequest]
Turn = Callable[..., list[dict[str, Any]]]


class Clock:
    """A clock that stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> PromptCache:
    return PromptCache(clock)


LONG = (Part("tools", 700), Part("system", 500), Part("request", 150))


def test_the_longest_known_prefix_counts(cache: PromptCache) -> None:
    """In steps of 128 from 1,024 on; what follows is new."""
    assert cache.read("m", LONG) == 0
    assert cache.read("m", (*LONG, Part("answer", 3_000))) == 1_024 + 2 * 128
    assert cache.read("m", (*LONG[:2], Part("another request", 9))) == 1_024 + 128


def test_a_short_prefix_is_not_kept(cache: PromptCache) -> None:
    """Under 1,024 tokens nothing is saved."""
    cache.read("m", LONG)
    assert cache.read("m", (LONG[0], Part("another system", 900))) == 0


def test_models_share_nothing(cache: PromptCache) -> None:
    """What one model read is new to another."""
    cache.read("m", LONG)
    assert cache.read("n", LONG) == 0


def test_an_entry_lives_five_minutes_after_its_last_use(cache: PromptCache, clock: Clock) -> None:
    """Each use renews it."""
    cache.read("m", LONG)
    for clock.now in (LIFETIME, 2 * LIFETIME):
        assert cache.read("m", LONG) > 0
    clock.now = 3 * LIFETIME + 1
    assert cache.read("m", LONG) == 0


def test_the_least_lately_used_is_forgotten_first(clock: Clock) -> None:
    """The cache is bounded, and what is used stays."""
    small = PromptCache(clock, capacity=2)
    one, two, three = ([Part(name, 2_000)] for name in ("one", "two", "three"))
    for prompt in (one, two, one, three):
        small.read("m", prompt)
    assert small.read("m", one)
    assert small.read("m", two) == 0
    assert CAPACITY > 2


def test_a_prefix_is_all_that_comes_before(ask: Ask, turn: Turn) -> None:
    """The same message after another beginning is another prefix; the tokens add up."""
    short = read_prompt(ask("code", "A counter"))
    longer = read_prompt(ask("code", "A counter", *turn()))
    other = read_prompt(ask("fix", "A counter"))
    assert longer[: len(short)] == short
    assert other[0] == short[0]  # the tools
    assert not {part.prefix for part in other[1:]} & {part.prefix for part in short}
    assert other[-1].tokens == short[-1].tokens


@pytest.mark.parametrize(("tokens", "seconds"), [(10_000, 1.6), (100_000, 11.5)])
def test_the_typical_model_keeps_to_published_times(tokens: int, seconds: float) -> None:
    """To the first token, within a twentieth."""
    typical = SPEEDS["sim-typical"]
    assert typical.first_token + typical.prefill_seconds(tokens, 0) == pytest.approx(seconds, 0.05)


def test_reading_takes_time_and_known_tokens_a_tenth_of_it() -> None:
    """At `sim-typical`; a model without a rate reads for nothing."""
    typical = SPEEDS["sim-typical"]
    assert typical.prefill_seconds(9_000, 0) == 1.0
    assert typical.prefill_seconds(9_000, 9_000) == pytest.approx(0.1)
    assert SPEEDS["sim-instant"].prefill_seconds(9_000, 0) == 0
