"""A database that hangs or crashes: noticed soon, said clearly, and over when it is over."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import SecretStr

from millstream_shared.contracts.enums import MessageStatus
from millstream_shared.contracts.store import Refused
from millstream_store.adapters.migrations import migrate, shipped_migrations
from millstream_store.adapters.postgres import DatabaseAway, Postgres
from millstream_store.settings import StoreSettings
from tests.integration.store.service import Service, finish, running_service, start
from tests.integration.store.stored import Store, eventually
from tests.support.broker import Broker
from tests.support.postgres import PostgresServer, answers, running_postgres

NOTICED = 6.0
"""Seconds until a caller is refused."""
RED = 10.0
"""Seconds until the service says that it is not ready."""
WELL = 5.0
"""Seconds until all works again."""


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[PostgresServer]:
    """A Postgres of this test alone."""
    with running_postgres(tmp_path) as server:
        await answers(server.url)
        await migrate(server.url, shipped_migrations())
        yield server


@pytest.fixture
async def service(fresh_broker: Broker, own: PostgresServer) -> AsyncIterator[Service]:
    async with running_service(fresh_broker, own.url) as running:
        yield running


async def seconds_until(service: Service, status: int, limit: float) -> float:
    """How long until the service's readiness is `status`; raises TimeoutError after `limit`."""
    begin = time.monotonic()

    async def is_so() -> bool:
        return await service.readiness() == status

    await eventually(is_so, limit)
    return time.monotonic() - begin


async def test_a_hung_database(service: Service, own: PostgresServer) -> None:
    """Refusals and a red light in time, more callers than connections; then all is well again, and
    what was told meanwhile is applied."""
    message = await service.begin()

    async def refusal() -> tuple[str, float]:
        begin = time.monotonic()
        with pytest.raises(Refused) as refused:
            await service.message(message.id)
        return refused.value.refusal.code, time.monotonic() - begin

    with own.hung():
        writer = await start(service, message.id)
        await finish(writer, message.id)
        told, red = await asyncio.gather(
            asyncio.gather(*(refusal() for _ in range(40))), seconds_until(service, 503, RED)
        )
        again = await refusal()
    assert {code for code, _ in [*told, again]} == {"unavailable"}
    assert max(seconds for _, seconds in [*told, again]) < NOTICED
    assert red < RED

    async def complete() -> bool:
        with suppress(Refused):
            return (await service.message(message.id)).status is MessageStatus.COMPLETE
        return False

    await asyncio.gather(eventually(complete, WELL), seconds_until(service, 200, WELL))


async def test_a_crashed_database(service: Service, own: PostgresServer) -> None:
    """An immediate restart: what was accepted is there, and questions are answered soon after."""
    message = await service.begin()
    await asyncio.to_thread(own.crash_and_restart)
    await answers(own.url)

    async def answered() -> bool:
        with suppress(Refused):
            return (await service.message(message.id)).id == message.id
        return False

    await asyncio.gather(eventually(answered, WELL), seconds_until(service, 200, WELL))
    writer = await start(service, message.id)
    await finish(writer, message.id)

    async def complete() -> bool:
        return (await service.message(message.id)).status is MessageStatus.COMPLETE

    await eventually(complete, WELL)


async def test_a_store_that_hangs_gives_its_locks_back(store: Store) -> None:
    """Others are refused after a moment instead of queueing up; the database then ends the silent
    transaction, which cannot commit any more."""
    user = await store.user()
    project = await store.project(user)
    silent = Postgres(StoreSettings(database_url=SecretStr(store.url), pool_size=2))
    await silent.open()

    async def is_free() -> bool:
        with suppress(DatabaseAway):
            return bool(await store.begin(user, project))
        return False

    async def fall_silent(freed: asyncio.Event) -> None:
        async with silent.transaction() as session:
            await session.row("lock_user", user_id=user)
            assert not await is_free()
            await eventually(is_free, 15)
            freed.set()

    freed = asyncio.Event()
    with pytest.raises(DatabaseAway):
        await fall_silent(freed)
    assert freed.is_set()
    await silent.close()
