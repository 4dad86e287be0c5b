"""A real gateway on loopback ports, a real broker, and a store from memory."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import structlog
from nats.aio.client import Client

from millstream_gateway.adapters.servers import build_server, listen
from millstream_gateway.app import Gateway, build_gateway
from millstream_gateway.settings import GatewaySettings
from millstream_shared.contracts.enums import RunKind
from millstream_shared.contracts.keys import ApiKey
from millstream_shared.contracts.views import MessageView
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.run_log import RunWriter
from millstream_shared.runtime.settings import CommonSettings
from tests.fakes.store import FakeStore
from tests.support import broker as brokers

SECRET = "a secret that all replicas share"
STRANGER = {"authorization": f"Bearer ms_nobody_{'x' * 32}"}


@dataclass(frozen=True)
class Running:
    """A gateway that serves; `http` and `preview` are clients of its two ports."""

    gateway: Gateway
    http: httpx.AsyncClient
    preview: httpx.AsyncClient

    @property
    def address(self) -> tuple[str, int]:
        return self.http.base_url.host, self.http.base_url.port or 0


StartGateway = Callable[..., AbstractAsyncContextManager[Running]]


@asynccontextmanager
async def running_gateway(broker_url: str, **changes: Any) -> AsyncIterator[Running]:
    stall_seconds = changes.get("viewer_stall_seconds", 30)
    sockets = [listen("127.0.0.1", 0, "", stall_seconds) for _ in range(2)]
    api_port, preview_port = (listener.getsockname()[1] for listener in sockets)
    settings = GatewaySettings(
        **{
            "port": api_port,
            "preview_port": preview_port,
            "public_preview_url": "http://previews.test",
            "preview_secret": SECRET,
            "graceful_timeout": 3,
            **changes,
        }
    )
    gateway = build_gateway(CommonSettings(nats_url=broker_url), settings)
    servers = [
        build_server(gateway.api, lifespan=True, graceful_timeout=3),
        build_server(gateway.preview, lifespan=False, graceful_timeout=3),
    ]
    tasks = [
        asyncio.create_task(server.serve(sockets=[listener]))
        for server, listener in zip(servers, sockets, strict=True)
    ]
    api_url, preview_url = (f"http://127.0.0.1:{port}" for port in (api_port, preview_port))
    try:
        async with (
            httpx.AsyncClient(base_url=api_url, timeout=10) as http,
            httpx.AsyncClient(base_url=preview_url, timeout=10) as preview,
        ):
            yield Running(gateway, http, preview)
    finally:
        gateway.hub.close()
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*tasks)


async def ready(running: Running) -> None:
    async with asyncio.timeout(10):
        while (await running.http.get("/api/usage", headers=STRANGER)).status_code == 503:  # noqa: ASYNC110  another process decides
            await asyncio.sleep(0.02)


@pytest.fixture(scope="session", autouse=True)
def plain_log_lines() -> Iterator[None]:
    """structlog's default, without `configure_logs`, draws tracebacks for seconds."""
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()]
    )
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def gateway_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[brokers.Broker]:
    """A broker of the gateway's tests alone: theirs is the only store on it."""
    with brokers.running_broker(tmp_path_factory.mktemp("gateway-broker")) as server:
        yield server


@pytest.fixture(scope="session")
async def nats_client(gateway_broker: brokers.Broker) -> AsyncIterator[Client]:
    await brokers.answers(gateway_broker)
    client = await gateway_broker.connect()
    yield client
    await client.close()


@pytest.fixture(scope="session")
async def store(nats_client: Client) -> FakeStore:
    fake = FakeStore()
    await fake.open(nats_client)
    return fake


@pytest.fixture(scope="session")
def alice(store: FakeStore) -> ApiKey:
    return store.add_user("alice")


@pytest.fixture(scope="session")
def bob(store: FakeStore) -> ApiKey:
    return store.add_user("bob")


@pytest.fixture(scope="session")
async def running(gateway_broker: brokers.Broker, store: FakeStore) -> AsyncIterator[Running]:
    """The gateway that most tests share."""
    async with running_gateway(gateway_broker.url) as shared:
        await ready(shared)
        yield shared


@pytest.fixture
def start_gateway(
    gateway_broker: brokers.Broker, running: Running
) -> Callable[..., AbstractAsyncContextManager[Running]]:
    """Starts another gateway, with other settings, on the same broker."""

    @asynccontextmanager
    async def start(**changes: Any) -> AsyncIterator[Running]:
        async with running_gateway(gateway_broker.url, **changes) as another:
            await ready(another)
            yield another

    return start


@pytest.fixture
def http(running: Running, alice: ApiKey) -> Iterator[httpx.AsyncClient]:
    """The API as Alice uses it."""
    running.http.headers["authorization"] = f"Bearer {alice}"
    yield running.http
    with suppress(KeyError):
        del running.http.headers["authorization"]


@pytest.fixture
def message(store: FakeStore, alice: ApiKey) -> MessageView:
    """A new message of Alice's."""
    return store.add_message("user-alice", store.add_project("user-alice").id)


class RunLog:
    """Writes a run as its agent does."""

    def __init__(self, writer: RunWriter) -> None:
        self._writer = writer

    async def write(self, *payloads: bytes) -> list[int]:
        return [await self._writer.append(RunKind.DELTA, payload) for payload in payloads]

    async def note(self) -> None:
        """An entry that viewers do not see; it makes a step in the sequences."""
        await self._writer.append(RunKind.JOURNAL, b"{}")


@pytest.fixture
async def run_log(nats_client: Client, message: MessageView, running: Running) -> RunLog:
    return RunLog(await RunWriter.open(Bus(nats_client), message.id, attempt=1))
