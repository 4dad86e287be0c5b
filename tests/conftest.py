"""What every folder of tests may use: a real database and a real broker."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support import broker as brokers
from tests.support import postgres as databases


@pytest.fixture(scope="session")
async def postgres(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[databases.PostgresServer]:
    """A PostgreSQL server for the whole session."""
    with databases.running_postgres(tmp_path_factory.mktemp("postgres")) as server:
        await databases.answers(server.url)
        yield server


@pytest.fixture
async def database_url(postgres: databases.PostgresServer) -> str:
    """A new, empty database of this test alone."""
    return await postgres.create_database()


@pytest.fixture(scope="session")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[brokers.Broker]:
    """A nats-server with JetStream for the whole session; its streams are shared by all tests."""
    with brokers.running_broker(tmp_path_factory.mktemp("broker")) as server:
        await brokers.answers(server)
        yield server


@pytest.fixture
async def fresh_broker(tmp_path: Path) -> AsyncIterator[brokers.Broker]:
    """A nats-server of this test alone, with nothing on it."""
    with brokers.running_broker(tmp_path) as server:
        await brokers.answers(server)
        yield server
