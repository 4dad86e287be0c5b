"""Reading streams as bytes."""

import asyncio
from collections.abc import AsyncIterator

import httpx

from millstream_shared.contracts.keys import ApiKey

EVENTS = (
    b'{"type":"status","status":"STREAMING","attempt":1}',
    b'{"type":"framework","framework":"REACT","source":"default"}',
    '{"type":"text.delta","part":"1","text":"Grüße, 世界 \\u2028 \\n"}'.encode(),
    b'{"type":"file.delta","path":"src/App.tsx","callId":"c1","text":"<div>\\n</div>"}',
    b'{"type":"preview","fragmentId":"f-1","expiresAt":"2031-01-31T12:00:00.000Z"}',
    b'{"type":"fragment","fragmentId":"f-1","title":"T","framework":"REACT","files":[]}',
    b'{"type":"done","status":"COMPLETE","messageType":"RESULT"}',
)


def auth(key: ApiKey) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


async def read_all(http: httpx.AsyncClient, path: str, **options: object) -> bytes:
    """A stream to its end."""
    async with asyncio.timeout(15):
        response = await http.get(path, **options)  # type: ignore[arg-type]  # httpx's keywords
    assert response.status_code == 200, response.text
    return response.content


def frames(stream: bytes) -> list[bytes]:
    """The events of a stream, without its comments."""
    parts = [part + b"\n\n" for part in stream.split(b"\n\n") if part]
    return [part for part in parts if not part.startswith(b":")]


def ids(stream: bytes) -> list[int]:
    return [int(frame.split(b"\n")[0].removeprefix(b"id: ")) for frame in frames(stream)]


def payload(frame: bytes) -> bytes:
    return frame.split(b"\ndata: ")[1].removesuffix(b"\n\n")


async def until(response: httpx.Response, count: int) -> bytes:
    """Reads on until `count` events have come."""
    return await until_from(response.aiter_raw(), count)


async def until_from(chunks: AsyncIterator[bytes], count: int) -> bytes:
    got = b""
    async with asyncio.timeout(15):
        while len(frames(got)) < count:
            got += await anext(chunks)
    return got
