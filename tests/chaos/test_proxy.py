"""The misbehaving proxy does what it says, seen from both of its ends."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.proxy import Proxy, running_proxy

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """In front of a server that echoes."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, running_proxy(server.sockets[0].getsockname) as proxy:
        yield proxy


async def connect(proxy: Proxy) -> Ends:
    """A connection that has passed bytes both ways."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await say((reader, writer), b"hello") == b"hello"
    return reader, writer


async def say(ends: Ends, words: bytes) -> bytes:
    ends[1].write(words)
    return await ends[0].read(100)


async def hears_nothing(ends: Ends) -> bool:
    try:
        async with asyncio.timeout(0.2):
            await ends[0].read(100)
    except TimeoutError:
        return True
    return False


async def test_a_cut_resets_what_is_open_and_lets_new_ones_in(proxy: Proxy) -> None:
    """As a router that lost its table."""
    ends = await connect(proxy)
    assert proxy.cut() == 1
    with pytest.raises(ConnectionResetError):
        await ends[0].read(100)
    await connect(proxy)


async def test_a_stall_holds_bytes_back_and_loses_none(proxy: Proxy) -> None:
    """They come when it is over."""
    ends = await connect(proxy)
    proxy.stall()
    ends[1].write(b"late")
    assert await hears_nothing(ends)
    proxy.resume()
    assert await ends[0].read(100) == b"late"


async def test_half_open_connections_swallow_everything_and_never_end(proxy: Proxy) -> None:
    """Neither end learns that the other is gone; a new connection works."""
    ends = await connect(proxy)
    assert proxy.half_open() == 1
    ends[1].write(b"into the void")
    assert await hears_nothing(ends)
    await connect(proxy)
