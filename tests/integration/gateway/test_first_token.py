"""The time to the first token, as viewers have it: told once, of those who were there for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest

from millstream_shared.contracts.keys import ApiKey
from millstream_shared.contracts.store import Refusal
from millstream_shared.contracts.views import MessageView
from tests.fakes.store import FakeStore
from tests.integration.gateway.conftest import RunLog, Running, StartGateway
from tests.integration.gateway.sse import EVENTS, auth, read_all, until_from
from tests.integration.gateway.test_socket import opened
from tests.integration.gateway.test_stream import path_of, wait_for_viewers

BEFORE, CONTENT = EVENTS[:2], EVENTS[2]


async def told(store: FakeStore, message: MessageView, times: int) -> None:
    """Returns when the store was told that often, and then no more for a moment."""
    async with asyncio.timeout(5):
        while store.first_tokens.count(message.id) < times:  # noqa: ASYNC110  the fake tells nobody
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert store.first_tokens.count(message.id) == times


async def watching(
    stack: AsyncExitStack,
    running: Running,
    message: MessageView,
    key: ApiKey,
    *,
    after: int = 0,
    seen: int = len(BEFORE),
) -> AsyncIterator[bytes]:
    """What a viewer gets who has seen as many events as there are already."""
    response = await stack.enter_async_context(
        running.http.stream("GET", f"{path_of(message)}?after={after}", headers=auth(key))
    )
    chunks = response.aiter_raw()
    await until_from(chunks, seen)
    return chunks


async def counted(running: Running) -> tuple[float, float]:
    """How many first tokens the gateway has in its histogram, and their seconds."""
    name = "millstream_viewer_time_to_first_token_seconds"
    lines = (await running.http.get("/metrics")).text.splitlines()
    figures = dict(line.rsplit(" ", 1) for line in lines if line.startswith(name))
    return float(figures[f"{name}_count"]), float(figures[f"{name}_sum"])


@pytest.mark.parametrize("event", [EVENTS[2], EVENTS[3]], ids=["text", "file"])
async def test_the_first_content_is_told_once(
    start_gateway: StartGateway,
    store: FakeStore,
    message: MessageView,
    run_log: RunLog,
    alice: ApiKey,
    event: bytes,
) -> None:
    """Text or file, however many watch and however much follows; it is in the figures once."""
    await run_log.write(*BEFORE)
    async with start_gateway() as running, AsyncExitStack() as stack:
        viewers = [await watching(stack, running, message, alice) for _ in range(3)]
        assert store.first_tokens.count(message.id) == 0
        await run_log.write(event, CONTENT, CONTENT)
        for viewer in viewers:
            await until_from(viewer, 1)
        await told(store, message, 1)
        assert await counted(running) == (1, 0.25)


async def test_a_second_gateway_does_not_count_it_again(
    start_gateway: StartGateway,
    running: Running,
    store: FakeStore,
    message: MessageView,
    run_log: RunLog,
    alice: ApiKey,
) -> None:
    """Both tell; the store knows which one was first."""
    await run_log.write(*BEFORE)
    async with start_gateway() as replica, AsyncExitStack() as stack:
        before = (await counted(running))[0]
        viewers = [await watching(stack, each, message, alice) for each in (running, replica)]
        await run_log.write(CONTENT)
        for viewer in viewers:
            await until_from(viewer, 1)
        await told(store, message, 2)
        assert (await counted(running))[0] - before + (await counted(replica))[0] == 1


async def test_a_socket_counts_as_well(
    running: Running, store: FakeStore, message: MessageView, run_log: RunLog, alice: ApiKey
) -> None:
    """A viewer is a viewer."""
    await run_log.write(*BEFORE)
    async with opened(running, message.id, alice) as socket:
        for _ in BEFORE:
            await socket.recv()
        await run_log.write(CONTENT)
        await socket.recv()
        await told(store, message, 1)


async def test_who_comes_late_does_not_count(
    start_gateway: StartGateway,
    running: Running,
    store: FakeStore,
    message: MessageView,
    run_log: RunLog,
    alice: ApiKey,
) -> None:
    """What is there already was for others, whether it is at hand or in the log; what follows is
    not the first.
    """
    *_, last = await run_log.write(*BEFORE)
    async with AsyncExitStack() as stack:
        before = await watching(stack, running, message, alice, after=last, seen=0)
        for _ in range(2):  # what comes after the first one comes live: then it is at hand
            await run_log.write(CONTENT)
            await until_from(before, 1)
        replica = await stack.enter_async_context(start_gateway())
        late = [await watching(stack, each, message, alice, seen=4) for each in (running, replica)]
        await run_log.write(CONTENT)
        for viewer in late:
            await until_from(viewer, 1)
        await told(store, message, 0)


async def test_who_comes_back_does_not_count(
    running: Running, store: FakeStore, message: MessageView, run_log: RunLog, alice: ApiKey
) -> None:
    """With a cursor nobody can say what was seen before it."""
    *_, last = await run_log.write(*BEFORE, CONTENT)
    headers = {**auth(alice), "last-event-id": str(last)}
    reading = asyncio.create_task(read_all(running.http, path_of(message), headers=headers))
    await wait_for_viewers(running, 1)
    await run_log.write(CONTENT, EVENTS[-1])
    await reading
    await told(store, message, 0)


async def test_a_replay_does_not_count(
    http: httpx.AsyncClient, store: FakeStore, message: MessageView, run_log: RunLog
) -> None:
    """The whole run, after its end."""
    await run_log.write(*EVENTS)
    await read_all(http, path_of(message))
    await told(store, message, 0)


async def test_a_figure_that_cannot_be_told_costs_no_viewer_anything(
    running: Running, store: FakeStore, message: MessageView, run_log: RunLog, alice: ApiKey
) -> None:
    """The store is away just then: the stream goes on to its end."""
    await run_log.write(*BEFORE)
    refusal = Refusal(code="unavailable", detail="away")
    store.refuse_once["note_first_token"] = refusal
    async with AsyncExitStack() as stack:
        viewer = await watching(stack, running, message, alice)
        await run_log.write(*EVENTS[2:])
        await until_from(viewer, len(EVENTS) - len(BEFORE))
    async with asyncio.timeout(5):
        while "note_first_token" in store.refuse_once:  # noqa: ASYNC110  the fake tells nobody
            await asyncio.sleep(0.01)
