"""The whole service: real broker, real database, questions and facts over NATS."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest
from faststream.asgi import AsgiFastStream
from pydantic import SecretStr

from millstream_shared.contracts import store as verbs
from millstream_shared.contracts.enums import MessageStatus, MessageType, Plan, RunKind
from millstream_shared.contracts.facts import ContentGrew, RunFinished, RunStarted
from millstream_shared.contracts.keys import parse_key
from millstream_shared.contracts.messages import MessageStatusChanged
from millstream_shared.contracts.store import Refused
from millstream_shared.contracts.views import MessageView
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.rpc import ask
from millstream_shared.runtime.run_log import RunWriter
from millstream_shared.runtime.settings import CommonSettings
from millstream_store.app import build
from millstream_store.settings import StoreSettings
from tests.support.broker import Broker
from tests.support.postgres import PostgresServer, connection_to

DEV_KEY = "ms_dev_" + "s" * 43


@dataclass
class Service:
    app: AsgiFastStream
    bus: Bus
    user: str

    async def begin(self) -> MessageView:
        client = self.bus.client
        project = await ask(client, verbs.CREATE_PROJECT, verbs.CreateProject(user_id=self.user))
        begun = await ask(
            client,
            verbs.BEGIN_GENERATION,
            verbs.BeginGeneration(user_id=self.user, project_id=project.id, content="A todo app"),
        )
        assert begun.request is not None
        return begun.message

    async def message(self, message_id: str) -> MessageView:
        wanted = verbs.OneMessage(user_id=self.user, message_id=message_id)
        return await ask(self.bus.client, verbs.GET_MESSAGE, wanted)

    async def readiness(self) -> int:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://store") as client:
            return (await client.get("/readyz")).status_code


async def eventually(question: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    """Returns when `question` is answered with yes; raises TimeoutError when it never is."""
    async with asyncio.timeout(seconds):
        while True:
            if await question():
                return
            await asyncio.sleep(0.05)


@pytest.fixture
async def service(fresh_broker: Broker, store_url: str) -> AsyncIterator[Service]:
    common = CommonSettings(nats_url=SecretStr(fresh_broker.url))
    settings = StoreSettings(database_url=SecretStr(store_url), dev_key=SecretStr(DEV_KEY))
    app = build(common, settings)
    await app.start()
    client = await fresh_broker.connect()
    key = parse_key(DEV_KEY)
    assert key is not None
    asked = verbs.Authenticate(key_id=key.key_id, secret_sha256=key.secret_sha256)
    principal = await ask(client, verbs.AUTHENTICATE, asked)
    assert (principal.name, principal.plan) == ("dev", Plan.PRO)
    yield Service(app, Bus(client), principal.user_id)
    await client.close()
    await app.stop()


async def run(service: Service, message: str) -> RunWriter:
    writer = await RunWriter.open(service.bus, message, 1)
    await writer.append(
        RunKind.STATUS, RunStarted(event_id=f"{message}-1", message_id=message, attempt=1)
    )
    return writer


def end(message: str) -> RunFinished:
    return RunFinished(
        event_id=f"{message}-end",
        message_id=message,
        attempt=1,
        outcome=MessageType.RESULT,
        content="Done.",
    )


async def test_a_messages_journey(service: Service) -> None:
    """From question to answer; the public COMPLETE says that the row is committed, and soon."""
    message = await service.begin()
    public = await service.bus.js.subscribe(f"message.*.{message.id}.*", ordered_consumer=True)
    writer = await run(service, message.id)
    for status in (MessageStatus.PENDING, MessageStatus.STREAMING):
        event = MessageStatusChanged.decode((await public.next_msg(timeout=5)).data)
        assert event.status is status
    await writer.append(
        RunKind.STATUS,
        ContentGrew(
            event_id=f"{message.id}-2", message_id=message.id, attempt=1, offset=0, text="Hi"
        ),
    )
    started = time.perf_counter()
    await writer.append(RunKind.STATUS, end(message.id))
    complete = await public.next_msg(timeout=5)
    seconds = time.perf_counter() - started
    assert complete.subject == f"message.{message.project_id}.{message.id}.COMPLETE"
    seen = await service.message(message.id)
    assert (seen.status, seen.content) == (MessageStatus.COMPLETE, "Done.")
    assert seconds < 1  # a few milliseconds on a machine that is not busy


async def test_it_is_ready(service: Service) -> None:
    """Broker and database answer."""
    assert await service.readiness() == 200


async def test_refusals_travel(service: Service) -> None:
    """A refusal of a verb, and a request that is none."""
    with pytest.raises(Refused, match="not_found"):
        await service.message("no-such-message")
    reply = await service.bus.client.request("store.get_message", b"{}", timeout=5)
    assert b'"code":"invalid"' in reply.data


async def test_a_database_that_goes_away_and_comes_back(
    service: Service, store_url: str, postgres: PostgresServer
) -> None:
    """Clear refusals meanwhile, no fact is lost, and the service recovers by itself."""
    message = await service.begin()
    name = store_url.rsplit("/", 1)[1]
    async with connection_to(postgres.url) as admin:
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        writer = await run(service, message.id)
        await writer.append(RunKind.STATUS, end(message.id))
        with pytest.raises(Refused) as refused:
            await service.message(message.id)
        assert refused.value.refusal.code == "unavailable"
        assert refused.value.refusal.retry_after == 2
        assert await service.readiness() == 503
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    async def complete() -> bool:
        return (await service.message(message.id)).status is MessageStatus.COMPLETE

    await eventually(complete)
    asked = verbs.OneMessage(user_id=service.user, message_id=message.id)
    items = (await ask(service.bus.client, verbs.LIST_TRANSITIONS, asked)).items
    assert [item.status for item in items] == list(MessageStatus)
    assert await service.readiness() == 200
