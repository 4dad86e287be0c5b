"""Servers that a benchmark starts, on loopback, and stops again; none outlives it."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from millstream_embedded.broker import broker_command, nats_url
from millstream_embedded.child import PARENT, Launch
from millstream_embedded.credentials import Credentials
from millstream_embedded.options import Folder
from millstream_embedded.ports import LOOPBACK, Ports

ROOT: Final = Path(__file__).parents[2]
STOP_SECONDS: Final = 15.0


class ChildError(Exception):
    """A server did not start; the message has the end of its log."""


@dataclass(frozen=True)
class Child:
    """A server that listens. `url` is its root, without a path."""

    pid: int
    url: str


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.create_server((LOOPBACK, 0)) as server:
        return int(server.getsockname()[1])


@asynccontextmanager
async def child(
    name: str,
    command: tuple[str, ...],
    port: int,
    folder: Path,
    environment: dict[str, str] | None = None,
    patience: float = 20.0,
) -> AsyncIterator[Child]:
    """Runs `command` until the end of the context; ready when it listens on `port`.

    Its log is in `folder`. It dies with this process, too. Raises ChildError.
    """
    usual = {each: os.environ[each] for each in ("PATH", "HOME") if each in os.environ}
    launch = folder / f"{name}.json"
    launch.write_text(Launch(command, {**usual, **(environment or {})}, str(ROOT)).to_json())
    log = folder / f"{name}.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "millstream_embedded.child", str(launch)),
            env={**os.environ, PARENT: str(os.getpid())},
            stdout=output,
            stderr=output,
        )
    try:
        await _listening(name, process, port, log, patience)
        yield Child(process.pid, f"http://{LOOPBACK}:{port}")
    finally:
        await _stop(process)


@asynccontextmanager
async def broker(folder: Path) -> AsyncIterator[Child]:
    """A nats-server as the embedded stack runs it; its `url` is a client's, password included."""
    place, credentials, port = Folder(folder), Credentials(), free_port()
    place.run.mkdir()
    ports = Ports(0, 0, port, free_port(), 0, 0, 0, 0, 0)
    async with child("broker", broker_command(place, ports, credentials), port, folder) as server:
        yield Child(server.pid, nats_url(ports, credentials))


async def _listening(
    name: str, process: asyncio.subprocess.Process, port: int, log: Path, patience: float
) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while process.returncode is None:
                try:
                    _, writer = await asyncio.open_connection(LOOPBACK, port)
                except OSError:
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    return
    raise ChildError(f"{name} did not start: {_end_of(log)}")


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-1000:]


async def _stop(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
