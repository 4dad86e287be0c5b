"""The store's handlers on a real database of the test's own."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from millstream_shared.runtime.blobs import BlobStore
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.streams import declare
from millstream_store.adapters.migrations import migrate, shipped_migrations
from millstream_store.adapters.postgres import Postgres
from millstream_store.settings import StoreSettings
from tests.integration.store.stored import Store
from tests.support.broker import Broker
from tests.support.postgres import PostgresServer


@pytest.fixture(scope="session")
async def bus(broker: Broker) -> AsyncIterator[Bus]:
    """A connection to the session's broker, with every stream and bucket declared."""
    client = await broker.connect()
    bus = Bus(client)
    await declare(bus.js)
    yield bus
    await client.close()


@pytest.fixture(scope="session")
async def migrated(postgres: PostgresServer) -> str:
    """The name of a database with the current shape, to copy."""
    url = await postgres.create_database()
    await migrate(url, shipped_migrations())
    return url.rsplit("/", 1)[1]


@pytest.fixture
async def store_url(postgres: PostgresServer, migrated: str) -> str:
    """A database of the current shape, of this test alone."""
    return await postgres.create_database(template=migrated)


@pytest.fixture
async def store(store_url: str, bus: Bus) -> AsyncIterator[Store]:
    settings = StoreSettings(database_url=SecretStr(store_url), pool_size=10)
    database = Postgres(settings)
    await database.open()
    store = Store(database, store_url, await BlobStore.open(bus), settings)
    yield store
    assert await store.odd_credits() == [], "credits do not add up"
    await database.close()
