"""An agent's spending without its models, as a process of its own: `python spender.py NATS_URL`.

Each line of its input is an order, each line of its output what came of that: JSON both.
"""

import asyncio
import sys
from dataclasses import dataclass, field
from itertools import accumulate

import nats
from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue
from pydantic import TypeAdapter

from millstream_agent.adapters.accounts import KvAccount
from millstream_agent.core.budgets import Account, OverBudget, Purse, Scope
from millstream_shared.contracts import subjects
from millstream_shared.runtime.bus import Bus


@dataclass(frozen=True)
class Answer:
    """What a model would say: tokens of its question, then of each piece of the answer."""

    input: int
    chunks: list[int]


@dataclass(frozen=True)
class Order:
    """Answers to stream from one account, so many `at_once`."""

    owner: str
    limit: int
    slice_tokens: int
    answers: list[Answer] = field(default_factory=list)
    at_once: int = 1
    racy: bool = False


@dataclass(frozen=True)
class Outcome:
    """Of an answer: the tokens it used, those of the piece that was too much included."""

    used: int
    refused: bool


ORDER = TypeAdapter(Order)
OUTCOMES = TypeAdapter(list[Outcome])


class RacyAccount:
    """What a shared account must not be: it looks, then writes, and others do so in between."""

    def __init__(self, bucket: KeyValue, owner: str, limit: int) -> None:
        self.scope: Scope = "project"
        self.limit = limit
        self._bucket = bucket
        self._key = f"racy.{owner}"

    async def take(self, tokens: int) -> bool:
        spent = await self._spent()
        if spent + tokens > self.limit:
            return False
        await self._bucket.put(self._key, str(spent + tokens).encode())
        return True

    async def give_back(self, tokens: int) -> None:
        await self.charge(-tokens)

    async def charge(self, tokens: int) -> None:
        await self._bucket.put(self._key, str(await self._spent() + tokens).encode())

    async def _spent(self) -> int:
        try:
            return int((await self._bucket.get(self._key)).value or 0)
        except KeyNotFoundError:
            return 0


async def stream(purse: Purse, answer: Answer) -> Outcome:
    """One answer, as an attempt streams it."""
    try:
        tab = await purse.open(answer.input)
    except OverBudget:
        return Outcome(0, refused=True)
    output, refused = 0, False
    for output in accumulate(answer.chunks):
        await asyncio.sleep(0)
        try:
            if not tab.covers(output):
                await tab.extend(output)
        except OverBudget:
            refused = True
            break
    await tab.settle(answer.input, output)
    return Outcome(answer.input + output, refused)


async def carry_out(order: Order, account: Account) -> list[Outcome]:
    purse, slots = Purse((account,), order.slice_tokens), asyncio.Semaphore(order.at_once)

    async def in_turn(answer: Answer) -> Outcome:
        async with slots:
            return await stream(purse, answer)

    return await asyncio.gather(*(in_turn(answer) for answer in order.answers))


async def main(url: str) -> None:
    client = await nats.connect(url)
    bus = Bus(client)
    bucket = await bus.js.key_value(subjects.BUDGETS)
    print("ready", flush=True)  # noqa: T201 - the pipe is its interface
    while line := await asyncio.to_thread(sys.stdin.readline):
        order = ORDER.validate_json(line)
        account: Account = KvAccount(bus, "project", order.owner, order.limit, 0)
        if order.racy:
            account = RacyAccount(bucket, order.owner, order.limit)
        outcomes = await carry_out(order, account)
        print(OUTCOMES.dump_json(outcomes).decode(), flush=True)  # noqa: T201 - as above
    await client.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
