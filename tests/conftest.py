"""What every folder of tests may use: a real database and a real broker."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from millstream_embedded.stack import Stack
from tests.support import broker as brokers
from tests.support import postgres as databases
from tests.support.stack import stack_in


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


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The whole system, for the whole session; tests bring their own projects and users."""
    async with stack_in(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture
async def api(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """The gateway's API as the development user."""
    headers = {"authorization": f"Bearer {stack.api_key}"}
    async with httpx.AsyncClient(base_url=stack.url, headers=headers, timeout=60) as client:
        yield client
