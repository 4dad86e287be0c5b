"""One attempt, or two at once: the first that says something wins, the other is hung up on."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from millstream_agent.adapters.gateway.attempt import Attempt
from millstream_agent.core.budgets import OverBudget
from millstream_agent.core.failures import ModelFailed
from millstream_agent.core.gateway.offers import Offer
from millstream_agent.core.ports import ModelReply
from millstream_shared.contracts.enums import ErrorType
from millstream_shared.runtime.tasks import end, uninterrupted

if TYPE_CHECKING:  # a call makes these
    from millstream_agent.adapters.gateway.asking import Asking


@dataclass
class Race:
    """`run` it once. `failures` are those of the attempts that came to nothing."""

    asking: "Asking"
    failures: list[tuple[Offer, ModelFailed]] = field(default_factory=list, init=False)
    _begun: dict[asyncio.Task[None], Attempt] = field(default_factory=dict, init=False)

    async def run(self, offer: Offer) -> AsyncGenerator[ModelReply]:
        """The winner's reply as it grows. Raises ModelFailed when nobody gave a whole one."""
        try:
            await self._start(offer, hedge=False)
            task = await self._first_to_speak(offer)
            await self.asking.speaks(self._begun[task].offer)
            await uninterrupted(self._hang_up(self._begun.keys() - {task}, ErrorType.SUPERSEDED))
            async with aclosing(self._rest(task)) as replies:
                async for reply in replies:
                    yield reply
        finally:
            await uninterrupted(self._hang_up(set(self._begun), ErrorType.CANCELLED))

    async def _start(self, offer: Offer, *, hedge: bool) -> None:
        attempt = await self.asking.attempt(offer, hedge=hedge)
        self._begun[asyncio.create_task(attempt.begin())] = attempt

    async def _first_to_speak(self, offer: Offer) -> asyncio.Task[None]:
        patience = self.asking.hedge_after(offer)
        if patience is not None:
            done, _ = await asyncio.wait(self._begun, timeout=patience)
            if not done:
                await self._hedge(offer)
        while self._begun:
            done, _ = await asyncio.wait(self._begun, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if await self._speaks(task):
                    return task
        raise self.failures[-1][1]

    async def _hedge(self, slow: Offer) -> None:
        other = self.asking.hedge_offer(slow)
        if other is not None:
            try:
                await self._start(other, hedge=True)
            except OverBudget:
                return  # there is enough for one

    async def _speaks(self, task: asyncio.Task[None]) -> bool:
        attempt = self._begun[task]
        try:
            task.result()
        except ModelFailed as failure:
            await self._fail(task, failure)
            return False
        except OverBudget:
            del self._begun[task]
            await self.asking.books.over_budget(attempt)
            if not self._begun:
                raise
            return False  # there is enough for the other one
        return True

    async def _rest(self, task: asyncio.Task[None]) -> AsyncGenerator[ModelReply]:
        attempt = self._begun[task]
        try:
            async with aclosing(attempt.rest()) as replies:
                async for reply in replies:
                    yield reply
        except ModelFailed as failure:
            await self._fail(task, failure)
            raise
        except OverBudget:
            del self._begun[task]
            await self.asking.books.over_budget(attempt)
            raise
        del self._begun[task]
        await self.asking.books.complete(attempt)

    async def _fail(self, task: asyncio.Task[None], failure: ModelFailed) -> None:
        attempt = self._begun.pop(task)
        self.failures.append((attempt.offer, failure))
        await self.asking.books.failed(attempt, failure)

    async def _hang_up(self, tasks: set[asyncio.Task[None]], error_type: ErrorType) -> None:
        for task in tasks:
            attempt = self._begun.pop(task)
            await end([task])
            await self.asking.books.cancelled(attempt, error_type)
