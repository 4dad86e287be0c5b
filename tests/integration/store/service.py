"""The whole store service in this process, with a client that asks it over NATS."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from faststream.asgi import AsgiFastStream
from pydantic import SecretStr

from millstream_shared.contracts import store as verbs
from millstream_shared.contracts.enums import MessageType, Plan, RunKind
from millstream_shared.contracts.facts import RunFinished, RunStarted
from millstream_shared.contracts.keys import parse_key
from millstream_shared.contracts.views import MessageView
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.rpc import ask
from millstream_shared.runtime.run_log import RunWriter
from millstream_shared.runtime.settings import CommonSettings
from millstream_store.app import build
from millstream_store.settings import StoreSettings
from tests.support.broker import Broker

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
        return begun.message

    async def message(self, message_id: str) -> MessageView:
        wanted = verbs.OneMessage(user_id=self.user, message_id=message_id)
        return await ask(self.bus.client, verbs.GET_MESSAGE, wanted)

    async def readiness(self) -> int:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://store") as client:
            return (await client.get("/readyz")).status_code


@asynccontextmanager
async def running_service(
    broker: Broker, database_url: str, **changes: Any
) -> AsyncIterator[Service]:
    """The service with the development user's key; `changes` are settings."""
    common = CommonSettings(nats_url=SecretStr(broker.url))
    settings = StoreSettings(
        database_url=SecretStr(database_url), dev_key=SecretStr(DEV_KEY), **changes
    )
    app = build(common, settings)
    await app.start()
    client = await broker.connect()
    key = parse_key(DEV_KEY)
    assert key is not None
    asked = verbs.Authenticate(key_id=key.key_id, secret_sha256=key.secret_sha256)
    principal = await ask(client, verbs.AUTHENTICATE, asked)
    assert (principal.name, principal.plan) == ("dev", Plan.PRO)
    yield Service(app, Bus(client), principal.user_id)
    await client.close()
    await app.stop()


async def start(service: Service, message: str, attempt: int = 1) -> RunWriter:
    """The writer of a run that has begun."""
    writer = await RunWriter.open(service.bus, message, attempt)
    event_id = f"{message}-{attempt}-1"
    begun = RunStarted(event_id=event_id, message_id=message, attempt=attempt)
    await writer.append(RunKind.STATUS, begun)
    return writer


async def finish(writer: RunWriter, message: str, attempt: int = 1) -> None:
    end = RunFinished(
        event_id=f"{message}-{attempt}-end",
        message_id=message,
        attempt=attempt,
        outcome=MessageType.RESULT,
        content="Done.",
    )
    await writer.append(RunKind.STATUS, end)
