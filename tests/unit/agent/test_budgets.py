"""Paying for tokens before they are used."""

import asyncio
from contextlib import suppress
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millstream_agent.core.budgets import SLICE, LocalAccount, OverBudget, Purse, Scope
from millstream_shared.runtime.errors import Transient


class AwayAccount(LocalAccount):
    """Its broker is away."""

    async def take(self, tokens: int) -> bool:
        raise Transient("the broker is away")

    async def give_back(self, tokens: int) -> None:
        raise Transient("the broker is away")


class SlowAccount(LocalAccount):
    """Says when it has counted, and answers when it is told to."""

    def __init__(self, scope: Scope, limit: int) -> None:
        super().__init__(scope, limit)
        self.counted, self.answer = asyncio.Event(), asyncio.Event()

    async def take(self, tokens: int) -> bool:
        fits = await super().take(tokens)
        self.counted.set()
        await self.answer.wait()
        return fits

    async def give_back(self, tokens: int) -> None:
        self.counted.set()
        await self.answer.wait()
        await super().give_back(tokens)


async def test_input_and_a_first_slice_are_paid_from_every_account() -> None:
    """Before anybody is asked anything."""
    run, project = LocalAccount("run", 10_000), LocalAccount("project", 10_000, spent=7)
    tab = await Purse((run, project)).open(100)
    assert (run.spent, project.spent) == (100 + SLICE, 107 + SLICE)
    assert tab.covers(SLICE)
    assert not tab.covers(SLICE + 1)


async def test_one_account_that_refuses_leaves_all_as_they_were() -> None:
    """And the error names that one."""
    run, day, project = (
        LocalAccount("run", 900),
        LocalAccount("user_day", 50),
        AwayAccount("run", 1),
    )
    with pytest.raises(OverBudget) as refused:
        await Purse((run, day, project)).open(50)
    assert (run.spent, day.spent) == (0, 0)
    assert refused.value.scope == "user_day"


async def test_an_account_that_fails_leaves_all_as_they_were() -> None:
    """What the others had counted is given back."""
    run = LocalAccount("run", 900)
    with pytest.raises(Transient):
        await Purse((run, AwayAccount("project", 900))).open(50)
    assert run.spent == 0


async def test_near_the_limit_slices_get_smaller_until_the_last_token() -> None:
    """What still fits is never refused; the first token beyond it is."""
    account = LocalAccount("run", 600)
    tab = await Purse((account,)).open(100)
    assert 300 < account.spent <= 600
    await tab.extend(500)
    assert account.spent == 600
    with pytest.raises(OverBudget):
        await tab.extend(501)
    assert account.spent == 600


@pytest.mark.parametrize(("spent", "fits"), [(499, True), (500, False)])
async def test_a_call_is_not_made_when_nothing_is_left_for_an_answer(
    spent: int, fits: bool
) -> None:
    """Its input would be paid for nothing."""
    account = LocalAccount("run", 600, spent)
    if fits:
        await Purse((account,)).open(100)
    else:
        with pytest.raises(OverBudget):
            await Purse((account,)).open(100)
    assert account.spent == (600 if fits else 500)


async def test_what_was_not_used_is_given_back_once() -> None:
    """Settling again changes nothing, whatever it says."""
    account = LocalAccount("run", 10_000)
    tab = await Purse((account,)).open(100)
    await tab.settle(90, 10)
    assert account.spent == 100
    await tab.settle(0, 0)
    assert account.spent == 100


async def test_what_is_used_already_is_charged_beyond_the_limit() -> None:
    """A provider may count more than we did; it is never forgotten."""
    account = LocalAccount("run", 200)
    tab = await Purse((account,)).open(100)
    await tab.settle(150, 120)
    assert account.spent == 270


async def test_one_account_that_fails_keeps_no_other_from_being_settled() -> None:
    """Each is told, then the failure is raised."""
    first, last = LocalAccount("iteration", 9_000), LocalAccount("run", 9_000)
    away = AwayAccount("project", 9_000)
    accounts = [first, last]
    tab = await Purse(accounts).open(100)
    accounts.insert(1, away)
    with pytest.raises(Transient):
        await tab.settle(100, 1)
    assert (first.spent, last.spent) == (101, 101)


@given(
    limit=st.integers(1, 3_000),
    slice_tokens=st.integers(1, SLICE),
    input_tokens=st.integers(0, 300),
    chunks=st.lists(st.integers(1, 400), max_size=12),
)
async def test_whoever_dies_has_paid_for_what_it_passed_on(
    limit: int, slice_tokens: int, input_tokens: int, chunks: list[int]
) -> None:
    """At every moment, and never a slice too much; nor is more passed on than the limit."""
    account, used = LocalAccount("run", limit), input_tokens
    with suppress(OverBudget):
        tab = await Purse((account,), slice_tokens).open(input_tokens)
        output = 0
        for chunk in chunks:
            output += chunk
            if not tab.covers(output):
                await tab.extend(output)
            used = input_tokens + output
            assert used <= account.spent <= min(limit, used + slice_tokens)


async def test_a_hedge_is_another_tab_of_the_same_purse() -> None:
    """Two attempts share what is left; the loser's share is there again once it is settled."""
    account = LocalAccount("run", 700)
    purse = Purse((account,))
    winner, loser = await purse.open(100), await purse.open(50)
    assert account.spent <= 700
    with pytest.raises(OverBudget):
        await winner.extend(650)
    await loser.settle(50, 0)
    await winner.extend(550)
    assert account.spent == 700


async def test_an_opening_that_is_cancelled_costs_nothing() -> None:
    """Whatever it had taken by then is given back."""
    first, slow = LocalAccount("run", 900), SlowAccount("project", 900)
    opening = asyncio.create_task(Purse((first, slow)).open(100))
    await slow.counted.wait()
    opening.cancel()
    slow.answer.set()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert (first.spent, slow.spent) == (0, 0)


async def test_an_extension_that_is_cancelled_is_known_when_settling() -> None:
    """A deadline may end an attempt while it pays."""
    account = SlowAccount("run", 9_000)
    account.answer.set()
    tab = await Purse((account,)).open(100)
    account.counted.clear()
    account.answer.clear()
    extending = asyncio.create_task(tab.extend(SLICE + 1))
    await account.counted.wait()
    extending.cancel()
    account.answer.set()
    with pytest.raises(asyncio.CancelledError):
        await extending
    await tab.settle(100, SLICE + 1)
    assert account.spent == 100 + SLICE + 1


async def test_a_settlement_that_is_cancelled_is_made_all_the_same() -> None:
    """Runs are cancelled at any moment; nobody settles for them later."""
    account = SlowAccount("run", 9_000)
    account.answer.set()
    tab = await Purse((account,)).open(100)
    account.counted.clear()
    account.answer.clear()
    settling = asyncio.create_task(tab.settle(100, 5))
    await account.counted.wait()
    settling.cancel()
    account.answer.set()
    with pytest.raises(asyncio.CancelledError):
        await settling
    assert account.spent == 105


@pytest.mark.parametrize("scope", get_args(Scope))
def test_the_error_says_which_budget_and_what_to_do(scope: Scope) -> None:
    """Somebody reads it who waits for an app."""
    error = OverBudget(LocalAccount(scope, 12_500))
    assert error.code == "over_budget"
    assert "12,500 tokens" in error.message
    assert ("midnight UTC" in error.message) == (scope == "user_day")
