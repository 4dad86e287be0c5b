"""A simulator on a free loopback port, in a thread of its own."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from millstream_simulator.app import create_app
from millstream_simulator.settings import SimulatorSettings


@contextmanager
def running_simulator(settings: SimulatorSettings) -> Iterator[str]:
    """Its URL, without /v1. Client and server do not share a loop."""
    config = uvicorn.Config(create_app(settings), log_level="critical", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
