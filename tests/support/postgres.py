"""A real PostgreSQL for tests: one server a session, as the embedded stack runs it."""

import asyncio
import itertools
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import psutil

from millstream_embedded.credentials import Credentials
from millstream_embedded.options import Folder
from millstream_embedded.ports import Ports
from millstream_embedded.postgres import database_command, database_url
from tests.support.ports import free_port

START_SECONDS = 30.0


@dataclass
class PostgresServer:
    """A running server. `url` is that of its first database; more are made on demand."""

    url: str
    process: subprocess.Popen[bytes]
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @contextmanager
    def hung(self) -> Iterator[None]:
        """Within the block the server is there, but does nothing; nor do its connections."""
        server = psutil.Process(self.process.pid)
        everyone = [server, *server.children(recursive=True)]
        for each in everyone:
            each.suspend()
        try:
            yield
        finally:
            for each in everyone:
                each.resume()

    def crash_and_restart(self) -> None:
        """An immediate shutdown, and a start that has to recover; clients are not waited for."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(timeout=30)
        self.process = subprocess.Popen(self.process.args)

    async def create_database(self, template: str = "template1") -> str:
        """The URL of a new database: empty, or like the one named `template`."""
        name = f"test_{next(self._numbers)}"
        connection = await asyncpg.connect(self.url)
        try:
            # Copying through the log spares a checkpoint.
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY wal_log")
        finally:
            await connection.close()
        return urlsplit(self.url)._replace(path=f"/{name}").geturl()


@contextmanager
def running_postgres(folder: Path) -> Iterator[PostgresServer]:
    """A server on a free loopback port with its data below `folder`, stopped at the end."""
    ports, credentials = _ports(free_port()), Credentials()
    command = database_command(Folder(folder), ports, credentials)
    with (folder / "postgres.log").open("wb") as log:
        process = subprocess.Popen([*command, "-c", "fsync=off"], stdout=log, stderr=log)
    server = PostgresServer(database_url(ports, credentials), process)
    try:
        yield server
    finally:
        server.process.send_signal(signal.SIGINT)  # fast shutdown: does not wait for clients
        server.process.wait(timeout=30)


async def answers(url: str) -> None:
    """Returns when the server takes connections; raises TimeoutError when it never does."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                connection = await asyncpg.connect(url)
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.05)
            else:
                await connection.close()
                return


@asynccontextmanager
async def connection_to(url: str) -> AsyncIterator[Any]:
    """A connection as the driver gives it, for tests that look behind the scenes."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


def _ports(database: int) -> Ports:
    """Only the database's port matters here."""
    return Ports(0, 0, 0, 0, database, 0, 0, 0, 0)
