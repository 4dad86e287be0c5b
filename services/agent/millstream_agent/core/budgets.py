"""Token budgets. Tokens are paid before they are used, in slices, from every account at once:

    tab = await purse.open(input)   ──►   tab.covers(output), else tab.extend   ──►   tab.settle

So an agent that dies has left at most too much charged, and whoever shares an account stops where
it ends. Only the piece of an answer that has just arrived can be more than was paid.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from millstream_agent.core.failures import RunEnded
from millstream_shared.runtime.tasks import uninterrupted

SLICE: Final = 512
"""Tokens paid ahead: some seconds of an answer, and next to nothing of any budget."""

Scope = Literal["iteration", "run", "user_day", "project"]

BUDGETS: Final[dict[Scope, tuple[str, str]]] = {
    "iteration": (
        "one model call",
        "Ask for something smaller, or raise MILLSTREAM_AGENT_TOKENS_PER_ITERATION.",
    ),
    "run": (
        "one message",
        "Ask for something smaller, or raise MILLSTREAM_AGENT_TOKENS_PER_RUN.",
    ),
    "user_day": (
        "your day",
        "Wait until midnight UTC; whoever runs this server can raise the daily limit.",
    ),
    "project": (
        "this project",
        "Go on in a new project; whoever runs this server can raise the project's limit.",
    ),
}
"""What a budget is for, and what to do when it is used up."""


class Account(Protocol):
    """Counts tokens up to a limit, for everybody who has it. Shared ones may raise Transient."""

    @property
    def scope(self) -> Scope: ...

    @property
    def limit(self) -> int: ...

    async def take(self, tokens: int) -> bool:
        """Counts all of `tokens`, or none where they do not fit (False). Atomic."""
        ...

    async def give_back(self, tokens: int) -> None:
        """Takes tokens off that were counted and not used."""
        ...

    async def charge(self, tokens: int) -> None:
        """Counts tokens that are used already, whatever the limit."""
        ...


@dataclass
class LocalAccount:
    """An account that only this process has."""

    scope: Scope
    limit: int
    spent: int = 0

    async def take(self, tokens: int) -> bool:
        fits = self.spent + tokens <= self.limit
        if fits:
            self.spent += tokens
        return fits

    async def give_back(self, tokens: int) -> None:
        self.spent -= tokens

    async def charge(self, tokens: int) -> None:
        self.spent += tokens


class OverBudget(RunEnded):
    """The account has too little left; `scope` says which one."""

    def __init__(self, account: Account) -> None:
        what, advice = BUDGETS[account.scope]
        super().__init__(
            "over_budget",
            f"The token budget of {what} ({account.limit:,} tokens) is used up. {advice} "
            "What was made so far is kept.",
        )
        self.scope = account.scope


@dataclass(frozen=True)
class Purse:
    """The accounts that a call draws on. Each attempt at it, also a hedge or a retry, has a tab."""

    accounts: Sequence[Account]
    slice_tokens: int = SLICE

    async def open(self, input_tokens: int) -> "Tab":
        """A tab with the input and a first slice of output paid; raises OverBudget."""
        tab = Tab(self, input_tokens)
        try:
            await tab.extend(1)
        except asyncio.CancelledError:
            await tab.settle(0, 0)
            raise
        return tab

    async def pay(self, needed: int, ahead: int) -> int:
        """Takes what is needed and up to `ahead` tokens more, fewer where little is left.

        Returns how many it took; raises OverBudget when not even the needed ones are left.
        """
        while poor := await self._take(needed + ahead):
            if not ahead:
                raise OverBudget(poor)
            ahead //= 2
        return needed + ahead

    async def _take(self, tokens: int) -> Account | None:
        """Takes from every account or from none; returns the one that has too little."""
        async with AsyncExitStack() as undo:
            for account in self.accounts:
                if not await account.take(tokens):
                    return account
                undo.push_async_callback(account.give_back, tokens)
            undo.pop_all()
        return None


class Tab:
    """What one attempt has paid. Its methods are not to overlap; a cancel waits for their end."""

    def __init__(self, purse: Purse, input_tokens: int) -> None:
        self._purse = purse
        self._input = input_tokens
        self._paid = 0
        self._settled = False

    def covers(self, output_tokens: int) -> bool:
        """Whether that much output, counted from the answer's beginning, is paid."""
        return self._input + output_tokens <= self._paid

    async def extend(self, output_tokens: int) -> None:
        """Pays for that much output and a slice ahead; raises OverBudget with nothing taken."""
        if not self.covers(output_tokens):
            await uninterrupted(self._pay(self._input + output_tokens - self._paid))

    async def settle(self, input_tokens: int, output_tokens: int) -> None:
        """Gives back what was paid and not used, or charges what was used beyond; only once."""
        if not self._settled:
            self._settled = True
            await uninterrupted(self._correct(input_tokens + output_tokens - self._paid))

    async def _pay(self, needed: int) -> None:
        self._paid += await self._purse.pay(needed, self._purse.slice_tokens - 1)

    async def _correct(self, owed: int) -> None:
        async with AsyncExitStack() as all_of_them:  # the others, too, when one fails
            for account in self._purse.accounts:
                if owed > 0:
                    all_of_them.push_async_callback(account.charge, owed)
                elif owed < 0:
                    all_of_them.push_async_callback(account.give_back, -owed)
