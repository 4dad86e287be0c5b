"""A real nats-server with JetStream for tests, as the embedded stack runs it."""

import asyncio
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import nats
from nats.aio.client import Client

from millstream_embedded.broker import broker_command, nats_url
from millstream_embedded.credentials import Credentials
from millstream_embedded.options import Folder
from millstream_embedded.ports import Ports
from tests.support.ports import free_port

START_SECONDS = 20.0


@dataclass
class Broker:
    """A running server; `url` holds user and password. Its streams are below `folder`."""

    url: str
    folder: Folder
    command: tuple[str, ...]
    process: subprocess.Popen[bytes]

    async def connect(self) -> Client:
        return await nats.connect(self.url, allow_reconnect=False)

    def kill(self, *, wipe: bool = False) -> None:
        """Kills it without warning; `wipe` loses all it had stored."""
        self.process.kill()
        self.process.wait()
        if wipe:
            shutil.rmtree(self.folder.jetstream)

    def start(self) -> None:
        """Starts it again on the same port."""
        self.process = _spawn(self.folder, self.command)


@contextmanager
def running_broker(folder: Path) -> Iterator[Broker]:
    """A server on a free loopback port with its streams below `folder`, stopped at the end."""
    ports = Ports(0, 0, free_port(), free_port(), 0, 0, 0, 0, 0)
    credentials, place = Credentials(), Folder(folder)
    place.run.mkdir(exist_ok=True)
    command = broker_command(place, ports, credentials)
    server = Broker(nats_url(ports, credentials), place, command, _spawn(place, command))
    try:
        yield server
    finally:
        server.process.send_signal(signal.SIGCONT)
        server.process.terminate()
        server.process.wait(timeout=10)


def _spawn(folder: Folder, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
    with (folder.root / "nats.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


async def answers(broker: Broker) -> None:
    """Returns when the server takes connections; raises TimeoutError when it never does."""
    address = urlsplit(broker.url)
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection(address.hostname, address.port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
