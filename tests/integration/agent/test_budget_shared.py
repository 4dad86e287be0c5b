"""Agents that share a budget never overspend it by more than the piece each of them just got."""

import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from itertools import accumulate, count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millstream_shared.runtime import streams
from tests.integration.agent.spender import ORDER, OUTCOMES, Answer, Order, Outcome
from tests.support.broker import Broker

PROCESSES = 8
SPENDER = Path(__file__).with_name("spender.py")

owners = count()


class Spender:
    """A process of its own, with a connection of its own."""

    def __init__(self, url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, SPENDER, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdin
        assert self._process.stdout
        self._orders, self._words = self._process.stdin, self._process.stdout

    def ready(self) -> None:
        assert self._words.readline() == b"ready\n"

    def begin(self, order: Order) -> None:
        self._orders.write(ORDER.dump_json(order) + b"\n")
        self._orders.flush()

    def end(self) -> list[Outcome]:
        return OUTCOMES.validate_json(self._words.readline())

    def close(self) -> None:
        self._process.communicate()
        assert self._process.returncode == 0


@pytest.fixture(scope="module")
async def spenders(broker: Broker) -> AsyncIterator[list[Spender]]:
    """Started once: what they cost is their start."""
    client = await broker.connect()
    await streams.declare(client.jetstream())
    await client.close()  # nobody looks after a connection while a property is tried out
    with ExitStack() as stack:
        started = [Spender(broker.url) for _ in range(PROCESSES)]
        for spender in started:
            stack.callback(spender.close)
        for spender in started:
            spender.ready()
        yield started


def spend(spenders: Sequence[Spender], orders: Sequence[Order]) -> list[list[Outcome]]:
    """All at the same time, an order each."""
    pairs = list(zip(spenders, orders, strict=False))
    for spender, order in pairs:
        spender.begin(order)
    return [spender.end() for spender, _ in pairs]


def leeway(orders: Sequence[Order]) -> int:
    """A chunk for each answer that can be under way when the budget ends: the largest ones."""
    return sum(
        sum(sorted((max(answer.chunks) for answer in order.answers), reverse=True)[: order.at_once])
        for order in orders
    )


def used(outcomes: Sequence[Sequence[Outcome]]) -> int:
    return sum(outcome.used for each in outcomes for outcome in each)


ANSWERS = st.builds(
    Answer, st.integers(0, 80), st.lists(st.integers(1, 60), min_size=1, max_size=12)
)


@st.composite
def shared_budgets(draw: st.DrawFn) -> list[Order]:
    """One account; a process each with its own answers, chunks and concurrency."""
    owner, limit, slice_tokens = (
        f"shared-{next(owners)}",
        draw(st.integers(1, 3_000)),
        draw(st.sampled_from([1, 16, 64, 512])),
    )
    return [
        Order(
            owner,
            limit,
            slice_tokens,
            draw(st.lists(ANSWERS, max_size=4)),
            draw(st.integers(1, 3)),
        )
        for _ in range(PROCESSES)
    ]


@given(orders=shared_budgets())
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_together_they_overspend_by_no_more_than_a_chunk_each(
    spenders: list[Spender], orders: list[Order]
) -> None:
    """Whatever they stream, however large their slices, however many answers at once."""
    outcomes = spend(spenders, orders)
    assert used(outcomes) <= orders[0].limit + leeway(orders)


@pytest.mark.parametrize("racy", [False, True], ids=["atomic", "racy"])
def test_only_an_atomic_account_holds(spenders: list[Spender], racy: bool) -> None:
    """With one that looks first and writes then, the same spending leaks: this suite can tell."""
    answers = [Answer(10, [8] * 30)] * 3
    orders = [Order(f"{racy}-{next(owners)}", 1_500, 16, answers, racy=racy)] * PROCESSES
    outcomes = spend(spenders, orders)
    overspent = used(outcomes) > 1_500 + leeway(orders)
    assert overspent == racy
    assert used(outcomes) >= 1_500 - PROCESSES * 16


@given(
    limit=st.integers(1, 2_000),
    turns=st.lists(st.tuples(st.integers(0, PROCESSES - 1), ANSWERS), min_size=1, max_size=8),
    slice_tokens=st.sampled_from([1, 64, 512]),
)
@settings(max_examples=25, deadline=None, derandomize=True, database=None)
def test_nobody_is_refused_what_still_fits(
    spenders: list[Spender], limit: int, turns: list[tuple[int, Answer]], slice_tokens: int
) -> None:
    """One after the other, in whatever process: to the token, as if there were one process."""
    owner, left = f"turns-{next(owners)}", limit
    for process, answer in turns:
        order = Order(owner, limit, slice_tokens, [answer])
        [[outcome]] = spend(spenders[process : process + 1], [order])
        assert outcome == expected(answer, left)
        left -= outcome.used


def expected(answer: Answer, left: int) -> Outcome:
    """What comes of an answer when so many tokens are left and nobody else takes any."""
    if answer.input + 1 > left:
        return Outcome(0, refused=True)
    for output in accumulate(answer.chunks):
        if answer.input + output > left:
            return Outcome(answer.input + output, refused=True)
    return Outcome(answer.input + sum(answer.chunks), refused=False)
