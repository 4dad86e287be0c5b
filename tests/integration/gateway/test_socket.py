"""A run over a WebSocket: the stream's events, a cancel, and an end with a code."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import orjson
import pytest
from nats.aio.client import Client
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import MessageStatus, MessageType
from millstream_shared.contracts.keys import ApiKey
from millstream_shared.contracts.views import MessageView, Waiting
from millstream_shared.runtime.settled import settle
from tests.fakes.store import FakeStore
from tests.integration.gateway.conftest import RunLog, Running, StartGateway
from tests.integration.gateway.process import gateway_process
from tests.integration.gateway.sse import EVENTS, auth, frames, ids, payload, read_all
from tests.support import broker as brokers


@asynccontextmanager
async def opened(
    running: Running, message_id: str, key: ApiKey | None, query: str = ""
) -> AsyncIterator[ClientConnection]:
    """A connection with the key in a header, or without any."""
    host, port = running.address
    url = f"ws://{host}:{port}/api/messages/{message_id}/ws{query}"
    async with connect(url, additional_headers=auth(key) if key else None) as connection:
        yield connection


async def to_the_end(connection: ClientConnection) -> tuple[list[bytes], int | None]:
    """All messages, and the code with which the socket was closed."""
    got: list[bytes] = []
    async with asyncio.timeout(10):
        try:
            while True:
                got.append(await connection.recv(decode=False))
        except ConnectionClosed:
            return got, connection.close_code


async def end_of(running: Running, message_id: str, key: ApiKey | None, query: str = "") -> str:
    """Code and reason of a socket that is closed without any message."""
    async with opened(running, message_id, key, query) as connection:
        got, code = await to_the_end(connection)
        assert got == []
        return f"{code} {connection.close_reason}"


async def test_it_tells_what_the_stream_tells(
    running: Running,
    http: httpx.AsyncClient,
    message: MessageView,
    run_log: RunLog,
    alice: ApiKey,
) -> None:
    """Replayed and live, the same ids, names and payloads, to `done`; then 1000."""
    await run_log.write(*EVENTS[:3])
    async with opened(running, message.id, alice) as connection:
        reading = asyncio.create_task(to_the_end(connection))
        await run_log.write(*EVENTS[3:])
        got, code = await reading
    stream = await read_all(http, f"/api/messages/{message.id}/stream")
    assert code == 1000
    assert [orjson.loads(each) for each in got] == [
        {
            "id": seq,
            "event": orjson.loads(payload(frame))["type"],
            "data": orjson.loads(payload(frame)),
        }
        for seq, frame in zip(ids(stream), frames(stream), strict=True)
    ]


async def test_it_resumes_after_a_cursor(
    running: Running, message: MessageView, run_log: RunLog, alice: ApiKey
) -> None:
    """Only what is new; and nothing at all, but a clean end, after `done`."""
    seqs = await run_log.write(*EVENTS)
    async with opened(running, message.id, alice, f"?after={seqs[2]}") as connection:
        got, _ = await to_the_end(connection)
    assert [orjson.loads(each)["id"] for each in got] == seqs[3:]


async def test_nothing_follows_done(
    running: Running, store: FakeStore, message: MessageView, run_log: RunLog, alice: ApiKey
) -> None:
    """Whoever has seen all is told so by the code."""
    seqs = await run_log.write(*EVENTS)
    store.change_message(message.id, status=MessageStatus.COMPLETE, type=MessageType.RESULT)
    assert await end_of(running, message.id, alice, f"?after={seqs[-1]}") == "1000 "


async def test_a_browser_sends_its_key_as_the_first_message(
    running: Running, message: MessageView, run_log: RunLog, alice: ApiKey
) -> None:
    """It cannot send headers, and a URL is no place for a key."""
    seqs = await run_log.write(*EVENTS)
    async with opened(running, message.id, None) as connection:
        await connection.send(orjson.dumps({"type": "auth", "key": str(alice)}).decode())
        got, code = await to_the_end(connection)
    assert (len(got), code) == (len(seqs), 1000)


async def test_strangers_hear_nothing(
    running: Running, message: MessageView, bob: ApiKey, alice: ApiKey, run_log: RunLog
) -> None:
    """Neither with another's key, nor with a wrong one, nor without."""
    await run_log.write(*EVENTS)
    nobody = ApiKey(key_id="alice", secret="x" * 40)
    assert await end_of(running, message.id, bob) == "4404 not_found"
    assert await end_of(running, message.id, nobody) == "4401 unauthorized"
    assert await end_of(running, "no.id", alice) == "4404 not_found"
    assert await end_of(running, message.id, alice, "?after=-1") == "4422 invalid"
    async with opened(running, message.id, None) as connection:
        await connection.send('{"type":"cancel"}')
        assert (await to_the_end(connection)) == ([], 4401)


async def test_who_does_not_say_who_they_are_is_cut(
    start_gateway: StartGateway, message: MessageView
) -> None:
    """A socket without a key is not held open for ever."""
    async with start_gateway(introduction_seconds=0.1) as gateway:
        assert await end_of(gateway, message.id, None) == "4401 unauthorized"


async def test_cancel_goes_upwards(
    running: Running,
    message: MessageView,
    run_log: RunLog,
    alice: ApiKey,
    nats_client: Client,
) -> None:
    """The agent gets its note as by the HTTP route, and the stream goes on to its end."""
    heard = await nats_client.subscribe(f"$KV.{subjects.CANCEL}.{message.id}")
    await settle(nats_client)
    async with opened(running, message.id, alice) as connection:
        await connection.send('{"type":"cancel"}')
        await heard.next_msg(timeout=5)
        await run_log.write(EVENTS[-1])
        got, code = await to_the_end(connection)
    assert (len(got), code) == (1, 1000)


async def test_cancel_in_line_ends_the_socket(
    running: Running, store: FakeStore, message: MessageView, alice: ApiKey
) -> None:
    """No agent is needed for it."""
    store.change_message(message.id, waiting=Waiting(reason="project_busy", ahead=1))
    async with opened(running, message.id, alice) as connection:
        await connection.send('{"type":"cancel"}')
        got, code = await to_the_end(connection)
    assert [orjson.loads(each)["event"] for each in got] == ["status", "done"]
    assert code == 1000


async def test_a_cancel_that_comes_too_late_is_no_error(
    running: Running, store: FakeStore, message: MessageView, run_log: RunLog, alice: ApiKey
) -> None:
    """The run has ended in the meantime; its `done` is on the way."""
    async with opened(running, message.id, alice) as connection:
        await run_log.write(EVENTS[0])
        await connection.recv()
        store.change_message(message.id, status=MessageStatus.COMPLETE)
        await connection.send('{"type":"cancel"}')
        await run_log.write(EVENTS[-1])
        got, code = await to_the_end(connection)
    assert (len(got), code) == (1, 1000)


@pytest.mark.parametrize("text", ["", "nonsense", "{}", '{"type":"dance"}', '{"type":"auth"}'])
async def test_messages_that_make_no_sense_end_it(
    running: Running, message: MessageView, alice: ApiKey, text: str
) -> None:
    """With the code of an invalid request."""
    async with opened(running, message.id, alice) as connection:
        await connection.send(text)
        assert await to_the_end(connection) == ([], 4422)


async def test_messages_are_small(running: Running, message: MessageView, alice: ApiKey) -> None:
    """Nobody fills our memory with a message that says nothing."""
    async with opened(running, message.id, alice) as connection:
        await connection.send("x" * 10_000)
        assert await to_the_end(connection) == ([], 1009)


async def test_a_socket_that_takes_nothing_is_cut(
    start_gateway: StartGateway, message: MessageView, run_log: RunLog, alice: ApiKey
) -> None:
    """As a stream is; the client resumes by cursor."""
    big = b'{"type":"text.delta","part":"1","text":"%b"}' % (b"x" * 20_000)
    async with start_gateway(viewer_stall_seconds=1) as gateway:
        host, port = gateway.address
        url = f"ws://{host}:{port}/api/messages/{message.id}/ws"
        connection = await connect(url, additional_headers=auth(alice), max_queue=1)
        async with asyncio.timeout(5):
            while len(gateway.gateway.hub) != 1:  # noqa: ASYNC110  the hub tells nobody
                await asyncio.sleep(0.01)
        await run_log.write(*[big] * 800)
        async with asyncio.timeout(15):
            while len(gateway.gateway.hub):  # noqa: ASYNC110  as above
                await asyncio.sleep(0.05)
        got, code = await to_the_end(connection)
        assert 0 < len(got) < 800
        assert code == 1006  # cut, not closed


async def test_sigterm_asks_to_come_back(
    gateway_broker: brokers.Broker, message: MessageView, run_log: RunLog, alice: ApiKey
) -> None:
    """1012: the service restarts; what was seen is the cursor for the next one."""
    await run_log.write(*EVENTS[:2])
    async with gateway_process(gateway_broker.url) as gateway:
        url = f"ws://127.0.0.1:{gateway.port}/api/messages/{message.id}/ws"
        async with connect(url, additional_headers=auth(alice)) as connection:
            await connection.recv()
            await connection.recv()
            gateway.process.send_signal(signal.SIGTERM)
            assert await to_the_end(connection) == ([], 1012)
        async with asyncio.timeout(5):
            await gateway.process.wait()
        assert gateway.process.returncode == 0
