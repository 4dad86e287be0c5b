"""The whole service: real broker, real database, questions and facts over NATS."""

import time
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from millstream_shared.contracts import store as verbs
from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import MessageStatus, RunKind
from millstream_shared.contracts.facts import ContentGrew
from millstream_shared.contracts.messages import MessageStatusChanged
from millstream_shared.contracts.store import Refused
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.errors import Transient
from millstream_shared.runtime.rpc import ask
from tests.integration.store.service import Service, finish, running_service, start
from tests.integration.store.stored import eventually
from tests.support.broker import Broker, answers
from tests.support.postgres import PostgresServer, connection_to


@pytest.fixture
async def service(fresh_broker: Broker, store_url: str) -> AsyncIterator[Service]:
    async with running_service(fresh_broker, store_url) as running:
        yield running


async def test_a_messages_journey(service: Service) -> None:
    """From question to answer; the public COMPLETE says that the row is committed, and soon."""
    message = await service.begin()
    public = await service.bus.js.subscribe(f"message.*.{message.id}.*", ordered_consumer=True)
    writer = await start(service, message.id)
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
    await finish(writer, message.id)
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
        writer = await start(service, message.id)
        await finish(writer, message.id)
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


async def test_a_message_in_line_can_be_cancelled(service: Service) -> None:
    """The verb is served; who comes after is sent to the agents at once."""
    first = await service.begin()
    client, project = service.bus.client, first.project_id
    held, behind = [
        await ask(
            client,
            verbs.BEGIN_GENERATION,
            verbs.BeginGeneration(user_id=service.user, project_id=project, content="More"),
        )
        for _ in range(2)
    ]
    assert held.request is None
    asked = verbs.OneMessage(user_id=service.user, message_id=held.message.id)
    assert (await ask(client, verbs.CANCEL_MESSAGE, asked)).ended
    await finish(await start(service, first.id), first.id)

    async def queued() -> bool:
        return await service.bus.holds(subjects.GENERATIONS, subjects.queued(behind.message.id))

    await eventually(queued)
    assert not await service.bus.holds(subjects.GENERATIONS, subjects.queued(held.message.id))


async def test_a_lost_request_is_noticed(fresh_broker: Broker, store_url: str) -> None:
    """The sweeper is at work, at the pace that the settings say."""
    async with running_service(fresh_broker, store_url, sweep_seconds=0.2) as service:
        message = await service.begin()

        async def queued() -> bool:
            return await service.bus.holds(subjects.GENERATIONS, subjects.queued(message.id))

        await eventually(queued)
        await service.bus.js.purge_stream(subjects.GENERATIONS)
        await eventually(queued)


async def test_a_wiped_broker_gets_its_requests_back(fresh_broker: Broker, store_url: str) -> None:
    """All that was on the broker is gone: accepted messages are queued again, and their facts,
    told by a later attempt, are applied."""
    async with running_service(fresh_broker, store_url, sweep_seconds=0.5) as service:
        message = await service.begin()
        await start(service, message.id)
        fresh_broker.kill(wipe=True)
        fresh_broker.start()
        await answers(fresh_broker)
        bus = Bus(await fresh_broker.connect())

        async def queued() -> bool:
            with suppress(Transient):  # until the service has declared its streams anew
                return await bus.holds(subjects.GENERATIONS, subjects.queued(message.id))
            return False

        await eventually(queued, 15)
        again = Service(service.app, bus, service.user)
        await finish(await start(again, message.id, attempt=2), message.id, attempt=2)

        async def complete() -> bool:
            return (await again.message(message.id)).status is MessageStatus.COMPLETE

        await eventually(complete)
        assert (await again.message(message.id)).attempt == 2
        await bus.client.close()
