"""Two ports in one process, and an orderly end."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

MOST_FROM_CLIENT: Final = 4096
"""Bytes of a WebSocket message; clients have little to say."""


UNSENT_BYTES: Final = 131_072
"""What the kernel holds for a client that does not take it; otherwise it would be megabytes."""


STALLED_SECONDS: Final = 1.0
"""Without any progress while draining."""


class Server(uvicorn.Server):
    """Leaves signals to `serve`: uvicorn's own handling ends one server, and not with exit 0."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def build_server(app: ASGIApp, *, lifespan: bool, graceful_timeout: float) -> Server:
    return Server(
        uvicorn.Config(
            app,
            http="httptools",
            ws="websockets-sansio",
            ws_max_size=MOST_FROM_CLIENT,
            ws_per_message_deflate=False,  # it would cost memory for every viewer
            lifespan="on" if lifespan else "off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=max(1, int(graceful_timeout) - 2),
        )
    )


def listen(host: str, port: int, variable: str, stall_seconds: float) -> socket.socket:
    """A listening socket; ends the process with a plain message when the port is not free.

    A connection whose peer takes no data for `stall_seconds`, though some waits, is aborted.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise SystemExit(
            f"millstream gateway: cannot listen on {host}:{port} ({error.strerror});"
            f" set {variable} to another port"
        ) from error
    # Connections inherit both options. Only the kernel knows what a peer takes: to us, a comment
    # that fits into a buffer looks like one that was read.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(stall_seconds * 1000))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
    # asyncio sets this one only on sockets that it made itself, and without it an answer's second
    # packet waits for the client's delayed ACK: 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


async def serve(servers: dict[socket.socket, Server], drain: Callable[[], None]) -> None:
    """Serves until SIGTERM or SIGINT; then calls `drain`, and waits for what is in hand."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    tasks = [
        asyncio.create_task(server.serve(sockets=[listener]))
        for listener, server in servers.items()
    ]
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    drain()
    for server in servers.values():
        server.should_exit = True
    cutting = asyncio.create_task(_cut_stalled(servers.values()))
    await asyncio.gather(*tasks)
    cutting.cancel()


async def _cut_stalled(servers: Iterable[Server]) -> None:
    """Ends connections whose client takes nothing: they would hold up the drain to its limit."""
    await asyncio.sleep(STALLED_SECONDS)
    before = _unsent(servers)
    await asyncio.sleep(STALLED_SECONDS)
    after = _unsent(servers)
    for transport, size in before.items():
        if 0 < size == after.get(transport):
            transport.abort()


def _unsent(servers: Iterable[Server]) -> dict[asyncio.Transport, int]:
    """The bytes that wait for each client."""
    transports = [each.transport for server in servers for each in server.server_state.connections]
    return {transport: transport.get_write_buffer_size() for transport in transports}
