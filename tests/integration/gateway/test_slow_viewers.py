"""Viewers that do not read: they cost little for a while, and are cut where they may resume."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx

from millstream_shared.contracts.keys import ApiKey
from millstream_shared.contracts.views import MessageView
from tests.integration.gateway.conftest import RunLog, Running, StartGateway
from tests.integration.gateway.process import gateway_process
from tests.integration.gateway.sse import EVENTS, auth, ids, read_all
from tests.support import broker as brokers

BIG = b'{"type":"text.delta","part":"1","text":"%b"}' % (b"x" * 20_000)
EIGHT_MEGABYTES = [BIG] * 400


@contextmanager
def not_reading(
    address: tuple[str, int], message: MessageView, key: ApiKey
) -> Iterator[socket.socket]:
    """A connection that asked for the stream; the test decides when it reads."""
    with socket.socket() as viewer:
        viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        viewer.connect(address)
        viewer.sendall(
            f"GET /api/messages/{message.id}/stream HTTP/1.1\r\nHost: x\r\n"
            f"Connection: close\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
        )
        viewer.setblocking(False)
        yield viewer


async def read_out(viewer: socket.socket) -> bytes:
    """All that still comes, also if the connection was reset behind it."""
    got = b""
    async with asyncio.timeout(15):
        while True:
            try:
                piece = await asyncio.get_running_loop().sock_recv(viewer, 1 << 20)
            except ConnectionResetError:
                return got
            if not piece:
                return got
            got += piece


def whole_ids(stream: bytes) -> list[int]:
    """The ids of the events that came whole, in a raw answer with its chunk sizes."""
    whole = stream[: stream.rfind(b"\n\n")]
    return [int(line[4:]) for line in whole.split(b"\n") if line.startswith(b"id: ")]


async def viewers_left(running: Running, count: int, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while len(running.gateway.hub) != count:  # noqa: ASYNC110  the hub tells nobody
            await asyncio.sleep(0.01)


async def test_a_slow_viewer_costs_little_and_misses_nothing(
    start_gateway: StartGateway, message: MessageView, run_log: RunLog, alice: ApiKey
) -> None:
    """Kilobytes wait for a viewer that does not read, not megabytes; later it gets all."""
    async with start_gateway(viewer_bytes=50_000) as gateway:
        with not_reading(gateway.address, message, alice) as slow:
            await viewers_left(gateway, 1, 5)
            expected = await run_log.write(*EIGHT_MEGABYTES, EVENTS[-1])
            (viewers,) = gateway.gateway.hub._viewers.values()  # its bound is the point
            assert all(viewer.held <= 50_000 for viewer in viewers)
            assert whole_ids(await read_out(slow)) == expected
        await viewers_left(gateway, 0, 5)


async def test_a_viewer_that_takes_nothing_is_cut_and_resumes(
    start_gateway: StartGateway, message: MessageView, run_log: RunLog, alice: ApiKey
) -> None:
    """Keep-alives are no progress. What came before the cut and what the cursor brings is all."""
    async with start_gateway(viewer_stall_seconds=1, keep_alive=0.2) as gateway:
        with not_reading(gateway.address, message, alice) as stalled:
            await viewers_left(gateway, 1, 5)
            expected = await run_log.write(*EIGHT_MEGABYTES, EVENTS[-1])
            await viewers_left(gateway, 0, 15)
            before = whole_ids(await read_out(stalled))
        assert before == expected[: len(before)]
        assert len(before) < len(expected)
        path = f"/api/messages/{message.id}/stream?after={before[-1] if before else 0}"
        after = ids(await read_all(gateway.http, path, headers=auth(alice)))
        assert before + after == expected


async def test_a_viewer_that_reads_slowly_is_not_cut(
    start_gateway: StartGateway, message: MessageView, run_log: RunLog, alice: ApiKey
) -> None:
    """Only who takes nothing at all is cut, however long the rest takes."""
    async with start_gateway(viewer_stall_seconds=1) as gateway:
        with not_reading(gateway.address, message, alice) as slow:
            await viewers_left(gateway, 1, 5)
            await run_log.write(*EIGHT_MEGABYTES)
            for _ in range(10):
                await asyncio.sleep(0.3)
                assert await asyncio.get_running_loop().sock_recv(slow, 100_000)
            assert len(gateway.gateway.hub) == 1


async def test_one_that_does_not_read_holds_up_no_restart(
    gateway_broker: brokers.Broker, message: MessageView, run_log: RunLog, alice: ApiKey
) -> None:
    """Told to stop, the gateway cuts it within seconds, and ends without a complaint."""
    async with gateway_process(gateway_broker.url) as gateway:
        with not_reading(("127.0.0.1", gateway.port), message, alice):
            await run_log.write(*EIGHT_MEGABYTES)
            await asyncio.sleep(0.5)
            gateway.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(8):
                await gateway.process.wait()
        assert gateway.process.stderr
        errors = (await gateway.process.stderr.read()).decode()
    assert gateway.process.returncode == 0
    assert "Traceback" not in errors


async def test_many_that_do_not_read_cost_bounded_memory_and_slow_nobody(
    gateway_broker: brokers.Broker, message: MessageView, run_log: RunLog, alice: ApiKey
) -> None:
    """Fifty of them on a run of eight megabytes: the gateway holds far less than fifty times it."""
    path = f"/api/messages/{message.id}/stream"
    async with (
        gateway_process(gateway_broker.url, VIEWER_STALL_SECONDS="5") as gateway,
        httpx.AsyncClient(base_url=gateway.url, headers=auth(alice), timeout=10) as http,
    ):
        before = gateway.megabytes()
        with ExitStack() as sockets:
            for _ in range(50):
                sockets.enter_context(not_reading(("127.0.0.1", gateway.port), message, alice))
            reading = asyncio.create_task(read_all(http, path))
            expected = await run_log.write(*EIGHT_MEGABYTES, EVENTS[-1])
            assert ids(await reading) == expected
            assert gateway.megabytes() - before < 50 * 2
            await _all_cut(http)


async def _all_cut(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(20):
        while "millstream_gateway_open_streams 0.0" not in (await http.get("/metrics")).text:  # noqa: ASYNC110  another process decides
            await asyncio.sleep(0.1)
