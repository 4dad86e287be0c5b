"""A TCP proxy that misbehaves on demand: between a part and what it depends on."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

CHUNK: Final = 65_536

End = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Proxy:
    """Passes bytes on both ways until it is told otherwise. `port` is where it listens.

    `target` is asked at each connection, so what is behind may move or start later.
    """

    target: Callable[[], tuple[str, int]]
    port: int = 0
    _flow: asyncio.Event = field(default_factory=asyncio.Event)
    _pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = field(default_factory=set)
    _deaf: set[asyncio.StreamWriter] = field(default_factory=set)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    def cut(self) -> int:
        """Resets all connections, as a router that lost its table; returns how many."""
        pairs = list(self._pairs)
        for pair in pairs:
            for writer in pair:
                _reset(writer)
        return len(pairs)

    def stall(self) -> None:
        """Holds back all bytes, both ways, until `resume`; connections stay open."""
        self._flow.clear()

    def resume(self) -> None:
        self._flow.set()

    def half_open(self) -> int:
        """Forgets all connections without a word: bytes are swallowed, no end is ever told."""
        for pair in self._pairs:
            self._deaf.update(pair)
        return len(self._pairs)

    async def serve(
        self, client_reader: asyncio.StreamReader, client_writer: asyncio.StreamWriter
    ) -> None:
        """One connection, from its opening to its end."""
        try:
            reader, writer = await asyncio.open_connection(*self.target())
            await self._join((client_reader, client_writer), (reader, writer))
        except OSError:
            _reset(client_writer)

    def close(self) -> None:
        """Ends all connections, forgotten ones too."""
        self._closing.set()
        self.resume()
        self.cut()

    async def _join(self, near: End, far: End) -> None:
        pair = (near[1], far[1])
        self._pairs.add(pair)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(near[0], far[1]))
                group.create_task(self._pump(far[0], near[1]))
        finally:
            self._pairs.discard(pair)
            self._deaf.difference_update(pair)
            for writer in pair:
                _reset(writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._flow.wait()
                if writer in self._deaf:
                    continue
                writer.write(data)
                await writer.drain()
        if writer in self._deaf:
            await self._closing.wait()  # until then the other side must not learn of the end
        with suppress(OSError):
            writer.write_eof()


@asynccontextmanager
async def running_proxy(target: Callable[[], tuple[str, int]]) -> AsyncIterator[Proxy]:
    """A proxy on a free loopback port; all its connections are reset at the end."""
    proxy = Proxy(target)
    proxy.resume()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Closes with RST instead of FIN: what was on its way is gone."""
    if (connection := writer.get_extra_info("socket")) is not None:
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if writer.transport is not None:
        writer.transport.abort()
