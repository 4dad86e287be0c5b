"""The command line's client on a network that fails it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from millstream_embedded.client import Event, Gateway, GatewayError
from millstream_shared.contracts.enums import MessageStatus
from millstream_shared.contracts.keys import ApiKey
from millstream_shared.contracts.views import MessageView
from tests.fakes.store import FakeStore
from tests.integration.gateway.conftest import RunLog, Running, StartGateway
from tests.integration.gateway.sse import EVENTS
from tests.support.proxy import Proxy, running_proxy


@pytest.fixture
async def proxy(running: Running) -> AsyncIterator[Proxy]:
    async with running_proxy(lambda: running.address) as between:
        yield between


async def test_it_survives_more_cuts_than_it_would_try(
    proxy: Proxy, message: MessageView, run_log: RunLog, alice: ApiKey
) -> None:
    """Each time that it gets on, its patience begins anew; no event is lost or doubled."""
    got: list[Event] = []
    expected: list[int] = []
    async with Gateway.connect(f"http://127.0.0.1:{proxy.port}", str(alice)) as gateway:
        expected += await run_log.write(EVENTS[0])
        async with asyncio.timeout(60):
            async for event in gateway.events(f"/api/messages/{message.id}/stream"):
                got.append(event)
                if len(got) < 25:
                    proxy.cut()
                    expected += await run_log.write(EVENTS[2])
                elif event.name != "done":
                    expected += await run_log.write(EVENTS[-1])
    assert [int(event.id) for event in got] == expected


async def test_it_waits_for_a_gateway_that_cannot_answer(
    proxy: Proxy, message: MessageView, run_log: RunLog, alice: ApiKey, store: FakeStore
) -> None:
    """503 is said while the broker or the store restarts; that is no end."""
    await run_log.write(*EVENTS)
    async with Gateway.connect(f"http://127.0.0.1:{proxy.port}", str(alice)) as gateway:
        store.refuse_next("get_message", "unavailable")
        names = [event.name async for event in gateway.events(f"/api/messages/{message.id}/stream")]
    assert names[-1] == "done"
    assert len(names) == len(EVENTS)


async def test_comments_are_no_events(
    start_gateway: StartGateway, message: MessageView, run_log: RunLog, alice: ApiKey
) -> None:
    """A silence in the middle of a run is filled with them."""
    await run_log.write(EVENTS[0])
    async with (
        start_gateway(keep_alive=0.05) as quiet,
        Gateway.connect(str(quiet.http.base_url), str(alice)) as gateway,
    ):
        events = gateway.events(f"/api/messages/{message.id}/stream")
        names = [(await anext(events)).name]
        await asyncio.sleep(0.3)
        await run_log.write(EVENTS[-1])
        names += [event.name async for event in events]
    assert names == ["status", "done"]


async def test_other_refusals_are_for_the_person(running: Running, alice: ApiKey) -> None:
    """Trying again would not help."""
    async with Gateway.connect(str(running.http.base_url), str(alice)) as gateway:
        with pytest.raises(GatewayError, match="404"):
            await anext(gateway.events("/api/messages/nobody/stream"))


async def test_a_stream_that_was_seen_to_its_end_has_no_more_events(
    running: Running, store: FakeStore, message: MessageView, run_log: RunLog, alice: ApiKey
) -> None:
    """A client that is cut between `done` and the end of the answer must not hang."""
    seqs = await run_log.write(*EVENTS)
    store.change_message(message.id, status=MessageStatus.COMPLETE)
    async with Gateway.connect(str(running.http.base_url), str(alice)) as gateway:
        url = f"/api/messages/{message.id}/stream?after={seqs[-1]}"
        assert [event async for event in gateway.events(url)] == []
