"""Accounts that all agents share, on a real broker."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import nats
import pytest
from nats.js import api

from millstream_agent.adapters.accounts import STREAM, Balance, KvAccount, account_subject
from millstream_shared.contracts import subjects
from millstream_shared.contracts.model import Contract
from millstream_shared.runtime import streams
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.errors import Transient
from tests.support.broker import Broker, answers


async def spent(bus: Bus) -> int:
    """What the account of these tests stands at."""
    entry = await bus.js.get_last_msg(STREAM, account_subject("user_day", "u:2026-01-31"))
    return Balance.decode(entry.data or b"").spent


def account(bus: Bus, limit: int = 1_000, recorded: int = 0) -> KvAccount:
    """As one of many agents opens it."""
    return KvAccount(bus, "user_day", "u:2026-01-31", limit, recorded)


async def test_no_tokens_are_taken_twice(bus: Bus) -> None:
    """Sixty takers at once, of whom thirty find something left."""
    takers = [account(bus, limit=300) for _ in range(6)]
    takes = await asyncio.gather(*(taker.take(10) for taker in takers for _ in range(10)))
    assert sum(takes) == 30
    assert await spent(bus) == 300


async def test_giving_back_and_charging_are_never_refused(bus: Bus) -> None:
    """Two agents, of whom each sees what the other did."""
    one, other = account(bus), account(bus)
    assert await one.take(900)
    assert not await other.take(101)
    await other.charge(200)
    assert not await one.take(1)
    await one.give_back(900)
    assert await other.take(800)
    assert await spent(bus) == 1_000


async def test_a_refusal_is_never_founded_on_what_was(bus: Bus) -> None:
    """The one who remembers a full account looks again before it says no."""
    one, other = account(bus), account(bus)
    assert await one.take(1_000)
    await other.give_back(400)
    assert await one.take(400)


async def test_an_account_begins_with_what_the_store_has_on_record(bus: Bus) -> None:
    """And goes on from what is there, once somebody has begun it."""
    assert not await account(bus, recorded=600).take(401)
    assert await account(bus, recorded=600).take(400)
    assert not await account(bus, recorded=600).take(1)
    assert await spent(bus) == 1_000


async def test_it_never_says_less_than_the_record(bus: Bus) -> None:
    """The store knows of 500 more than an account that was begun anew from an older record."""
    await account(bus, recorded=100).charge(50)
    later = account(bus, recorded=650)
    assert not await later.take(351)
    assert await later.take(350)


async def test_an_operator_may_delete_an_account(bus: Bus) -> None:
    """It is begun again, by who never saw it from the record."""
    await account(bus).charge(900)
    bucket = await bus.js.key_value(subjects.BUDGETS)
    [key] = await bucket.keys()
    await bucket.delete(key)
    assert await account(bus, recorded=300).take(700)
    assert await spent(bus) == 1_000


async def test_users_days_and_projects_are_told_apart(bus: Bus) -> None:
    """Ids may have characters that no subject may."""
    owners = ["u:2026-01-31", "u:2026-02-01", "a b.*>", "ü"]
    for owner in owners:
        assert await KvAccount(bus, "user_day", owner, 10, 0).take(10)
        assert await KvAccount(bus, "project", owner, 10, 0).take(10)


class ForgetfulBus(Bus):
    """Loses the first acknowledgement of every message; `meanwhile` others go on."""

    def __init__(self, bus: Bus, meanwhile: KvAccount) -> None:
        super().__init__(bus.client)
        self._seen = set[str]()
        self._meanwhile = meanwhile

    async def publish(
        self,
        stream: str,
        subject: str,
        message: Contract | bytes,
        *,
        message_id: str,
        headers: Mapping[str, str] | None = None,
    ) -> api.PubAck:
        ack = await super().publish(
            stream, subject, message, message_id=message_id, headers=headers
        )
        if message_id not in self._seen:
            self._seen.add(message_id)
            await self._meanwhile.charge(1)
            raise Transient("the acknowledgement was lost")
        return ack


async def test_a_lost_acknowledgement_counts_nothing_twice(bus: Bus) -> None:
    """Neither what was taken nor what was given back, also when somebody else came after it."""
    forgetful = account(ForgetfulBus(bus, meanwhile=account(bus)))
    assert await forgetful.take(500)
    assert await spent(bus) == 501
    await forgetful.give_back(200)
    assert await spent(bus) == 302


async def test_a_broker_that_is_away_is_no_refusal(fresh_broker: Broker, bus: Bus) -> None:
    """The caller is to try again later."""
    known, unknown = account(bus), account(bus)
    assert await known.take(1)
    fresh_broker.kill()
    while not bus.client.is_closed:  # noqa: ASYNC110 - it has no event for us
        await asyncio.sleep(0.01)
    takes = await asyncio.gather(known.take(1), unknown.take(1), return_exceptions=True)
    assert [type(take) for take in takes] == [Transient, Transient]


@pytest.fixture
async def lasting_bus(fresh_broker: Broker) -> AsyncIterator[Bus]:
    """A connection that comes back with its broker, as those of services do."""
    client = await nats.connect(
        fresh_broker.url, reconnect_time_wait=0.05, max_reconnect_attempts=-1
    )
    bus = Bus(client)
    await streams.declare(bus.js)
    yield bus
    await client.close()


async def test_a_wiped_broker_is_told_what_was_spent(
    fresh_broker: Broker, lasting_bus: Bus
) -> None:
    """By who saw the account last; others begin with the record, and none goes below it."""
    one = account(lasting_bus, recorded=100)
    assert await one.take(500)
    fresh_broker.kill(wipe=True)
    fresh_broker.start()
    await answers(fresh_broker)
    taking = asyncio.create_task(one.take(50))  # the bucket is put back while it tries
    await _declared(lasting_bus)
    assert await taking
    assert await spent(lasting_bus) == 650
    assert not await account(lasting_bus, recorded=100).take(351)


async def _declared(bus: Bus) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                return await streams.declare(bus.js)
            except (nats.errors.Error, OSError):
                await asyncio.sleep(0.05)
