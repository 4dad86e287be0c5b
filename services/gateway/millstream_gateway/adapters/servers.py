"""Two ports in one process, and an orderly end."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp


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
            lifespan="on" if lifespan else "off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=max(1, int(graceful_timeout) - 2),
        )
    )


def listen(host: str, port: int, variable: str) -> socket.socket:
    """A listening socket; ends the process with a plain message when the port is not free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise SystemExit(
            f"millstream gateway: cannot listen on {host}:{port} ({error.strerror});"
            f" set {variable} to another port"
        ) from error
    # Connections inherit it. asyncio sets it only on sockets that it made itself, and without it
    # an answer's second packet waits for the client's delayed ACK: 40 ms.
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
    await asyncio.gather(*tasks)
