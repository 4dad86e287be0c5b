"""A broker that is killed, loses all it had, or hangs: streams outlive it, requests hear of it."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from nats.js.errors import Error as JetStreamError

from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import MessageType, RunKind
from millstream_shared.contracts.runs import Rewound
from millstream_shared.contracts.views import MessageView
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.run_log import RunWriter
from tests.fakes.store import FakeStore
from tests.integration.gateway.conftest import Running, ready, running_gateway
from tests.integration.gateway.sse import EVENTS, auth, frames, ids, payload, until_from
from tests.support import broker as brokers
from tests.support.ports import free_port
from tests.support.proxy import running_proxy

TEXTS = [b'{"type":"text.delta","part":"1","text":"%d "}' % number for number in range(3)]
DONE = EVENTS[-1]


@dataclass
class World:
    """A gateway with a broker and a store of its own, and one message of Alice's."""

    broker: brokers.Broker
    store: FakeStore
    gateway: Running
    message: MessageView

    @property
    def path(self) -> str:
        return f"/api/messages/{self.message.id}/stream"

    async def write(self, attempt: int, *payloads: bytes) -> list[int]:
        """Continues the run as an agent that took it over."""
        client = await self.broker.connect()
        writer = await RunWriter.open(Bus(client), self.message.id, attempt)
        seqs = [await writer.append(RunKind.DELTA, payload) for payload in payloads]
        await client.close()
        return seqs

    async def restart_broker(self, *, wipe: bool) -> None:
        """Kills it, starts it again, and waits until streams and store are back."""
        self.broker.kill(wipe=wipe)
        self.broker.start()
        await brokers.answers(self.broker)
        client = await self.broker.connect()
        await self.store.open(client)
        async with asyncio.timeout(10):
            while True:
                try:
                    await client.jetstream().stream_info(subjects.RUNS)
                except JetStreamError:
                    await asyncio.sleep(0.05)
                else:
                    return


@asynccontextmanager
async def world_on(
    broker: brokers.Broker, url: str | None = None, **changes: Any
) -> AsyncIterator[World]:
    """`url` is the gateway's way to the broker; `changes` are to its settings."""
    store = FakeStore()
    key = store.add_user("alice")
    message = store.add_message("user-alice", store.add_project("user-alice").id)
    await store.open(await broker.connect())
    async with running_gateway(url or broker.url, **changes) as gateway:
        await ready(gateway)
        gateway.http.headers.update(auth(key))
        yield World(broker, store, gateway, message)


@pytest.fixture
async def world(fresh_broker: brokers.Broker) -> AsyncIterator[World]:
    async with world_on(fresh_broker) as small:
        yield small


async def test_an_open_stream_goes_on_after_the_broker_lost_everything(world: World) -> None:
    """The next attempt takes all back first; ids grow, and no text is shown twice."""
    await world.write(1, *TEXTS)
    async with world.gateway.http.stream("GET", world.path) as response:
        chunks = response.aiter_raw()
        stream = await until_from(chunks, 3)
        await world.restart_broker(wipe=True)
        rewound = Rewound(to_seq=0, attempt=2).encode()
        await world.write(2, rewound, *TEXTS, DONE)
        stream += await until_from(chunks, 5)
    assert ids(stream) == sorted(set(ids(stream)))
    assert [payload(frame) for frame in frames(stream)] == [*TEXTS, rewound, *TEXTS, DONE]


async def test_a_cursor_of_a_log_that_was_lost_gets_what_there_is(world: World) -> None:
    """A client that comes back with an id of the old log misses nothing of the new one."""
    old = await world.write(1, *TEXTS)
    await world.restart_broker(wipe=True)
    await ready(world.gateway)
    new = await world.write(2, *TEXTS, DONE)
    answer = await world.gateway.http.get(world.path, headers={"last-event-id": str(old[-1])})
    assert ids(answer.content) == new


async def test_a_log_that_lost_its_beginning_gives_the_rest(world: World) -> None:
    """Entries expire one by one; a gap in front of the oldest is no reason to wait."""
    seqs = await world.write(1, *TEXTS, DONE)
    client = await world.broker.connect()
    await client.jetstream().purge_stream(subjects.RUNS, seq=seqs[2])
    await client.close()
    async with running_gateway(world.broker.url) as cold:
        await ready(cold)
        answer = await cold.http.get(
            f"{world.path}?after={seqs[0]}", headers=world.gateway.http.headers
        )
        assert ids(answer.content) == seqs[2:]


async def test_a_run_that_ends_without_its_log_ends_its_streams(world: World) -> None:
    """The log is lost, and the message complete: the public event alone ends the stream, soon."""
    seqs = await world.write(1, *TEXTS)
    async with world.gateway.http.stream("GET", world.path) as response:
        chunks = response.aiter_raw()
        await until_from(chunks, 3)
        await world.restart_broker(wipe=True)
        await ready(world.gateway)
        await world.store.complete(world.message.id, type=MessageType.ERROR)
        async with asyncio.timeout(2):
            end = await until_from(chunks, 2)
    assert ids(end) == [seqs[-1]] * 2
    assert [orjson.loads(payload(frame))["type"] for frame in frames(end)] == ["status", "done"]


async def test_events_missed_while_the_broker_was_away_come_when_it_is_back(
    fresh_broker: brokers.Broker,
) -> None:
    """Nothing else follows them that would show the gap; yet no silence is waited for."""
    place = urlsplit(fresh_broker.url)
    there, nowhere = ("127.0.0.1", place.port or 0), ("127.0.0.1", free_port())
    way = [there]
    async with running_proxy(lambda: way[0]) as proxy:
        address = place.netloc.replace(str(place.port), str(proxy.port))
        async with world_on(fresh_broker, url=f"nats://{address}") as world:
            await world.write(1, *TEXTS)
            async with world.gateway.http.stream("GET", world.path) as response:
                chunks = response.aiter_raw()
                await until_from(chunks, 3)
                await asyncio.sleep(0.2)  # the log was read; from now on only silence would help
                way[0] = nowhere
                proxy.cut()
                (last,) = await world.write(1, DONE)
                way[0] = there
                async with asyncio.timeout(8):
                    assert ids(await until_from(chunks, 1)) == [last]


async def test_a_hung_broker_is_said_within_six_seconds_and_streams_outlive_it(
    fresh_broker: brokers.Broker,
) -> None:
    """503 with a problem, comments on open streams, and everything afterwards."""
    async with world_on(fresh_broker, keep_alive=0.5) as world:
        await world.write(1, *TEXTS)
        async with world.gateway.http.stream("GET", world.path) as response:
            chunks = response.aiter_raw()
            await until_from(chunks, 3)
            fresh_broker.process.send_signal(signal.SIGSTOP)
            await _hears_503(world)
            async with asyncio.timeout(10):
                assert await anext(chunks) == b": keep-alive\n\n"
            fresh_broker.process.send_signal(signal.SIGCONT)
            await ready(world.gateway)
            seqs = await world.write(1, DONE)
            assert ids(await until_from(chunks, 1)) == seqs


async def _hears_503(world: World) -> None:
    messages = f"/api/projects/{world.message.project_id}/messages"
    http = world.gateway.http
    began = time.monotonic()
    answers = await asyncio.gather(
        http.get("/api/usage"), http.post(messages, json={"content": "x"})
    )
    assert time.monotonic() - began < 6
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.headers["retry-after"]
