"""A real nats-server with JetStream for tests, as the embedded stack runs it."""

import asyncio
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
    """A running server; `url` holds user and password."""

    url: str
    process: subprocess.Popen[bytes]

    async def connect(self) -> Client:
        return await nats.connect(self.url, allow_reconnect=False)


@contextmanager
def running_broker(folder: Path) -> Iterator[Broker]:
    """A server on a free loopback port with its streams below `folder`, stopped at the end."""
    ports = Ports(0, 0, free_port(), free_port(), 0, 0, 0, 0, 0)
    credentials, place = Credentials(), Folder(folder)
    place.run.mkdir(exist_ok=True)
    command = broker_command(place, ports, credentials)
    with (folder / "nats.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield Broker(nats_url(ports, credentials), process)
    finally:
        process.terminate()
        process.wait(timeout=10)


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
