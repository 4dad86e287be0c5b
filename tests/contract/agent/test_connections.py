"""What becomes of a connection when an answer is over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.support.gateways import Server, ask, gateway_for, in_order, question

DELTA = b'{"choices":[{"delta":{"content":"Hello"},"finish_reason":"stop"}]}'
EVENTS = b"data: %b\n\ndata: [DONE]\n\n" % DELTA
ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    b"%x\r\n%b\r\n" % (len(EVENTS), EVENTS)
)
END = b"0\r\n\r\n"


@asynccontextmanager
async def provider(connections: list[int], *, ends: bool) -> AsyncIterator[str]:
    """Says its answer, and a moment later, or never, that the body is over.

    `connections` is how many questions came on each.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(connections)
        connections.append(0)
        while await _question(reader):
            connections[number] += 1
            writer.write(ANSWER)
            await asyncio.sleep(0.01)
            if ends:
                writer.write(END)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


async def _question(reader: asyncio.StreamReader) -> bool:
    """Reads one; False when there are no more."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return False
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
    await reader.readexactly(int(fields[b"content-length"]))
    return True


async def test_a_connection_is_used_again() -> None:
    """Otherwise every call would wait for a new one, and for TLS on it."""
    connections: list[int] = []
    async with provider(connections, ends=True) as url:
        gateway = gateway_for(in_order("only/model"), {"only": Server(url, "x")})
        for _ in range(3):
            assert (await ask(gateway, question())).reply.text == "Hello"
        await gateway.aclose()
    assert connections == [3]


async def test_a_body_without_an_end_holds_nobody_up() -> None:
    """The provider has said that it is done; its connection is given up."""
    connections: list[int] = []
    async with provider(connections, ends=False) as url:
        gateway = gateway_for(in_order("only/model"), {"only": Server(url, "x")})
        for _ in range(2):
            heard = await ask(gateway, question())
            assert len(heard.lines) == 1
            assert heard.reply.text == "Hello"
        await gateway.aclose()
    assert connections == [1, 1]
