"""What nobody should send: always a 4xx that repeats nothing of it, never a 500."""

import asyncio

import httpx
import pytest

from millstream_shared.contracts.keys import ApiKey
from millstream_shared.contracts.views import MessageView
from tests.integration.gateway.conftest import Running
from tests.integration.gateway.raw import raw_get

LIMIT = 1_000_000

BODIES = {
    "no JSON": b"{",
    "nothing but a comma": b",",
    "NaN": b'{"content":NaN}',
    "Infinity": b'{"content":-Infinity}',
    "a number beyond floats": b'{"content":1e999}',
    "a huge integer": b'{"content":%b}' % (b"9" * 5000),
    "lone surrogate": b'{"content":"marker \xed\xa0\x80"}',
    "lone surrogate, escaped": rb'{"content":"marker \ud800"}',
    "lone low surrogate, escaped": rb'{"content":"marker \udc00"}',
    "NUL": b'{"content":"marker \x00"}',
    "NUL, escaped": rb'{"content":"marker \u0000"}',
    "NUL in a name": rb'{"content":"x","marker\u0000":1}',
    "not UTF-8": b'{"content":"marker \xff"}',
    "UTF-16": '{"content":"marker"}'.encode("utf-16"),
    "unknown field": b'{"content":"x","marker":1}',
    "attachments are not here yet": b'{"content":"x","attachments":[]}',
    "name given twice": b'{"content":"x","content":"marker"}',
    "deep nesting": b'{"content":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep nesting in an unknown field": b'{"content":"x","marker":'
    + b"[" * 150
    + b"]" * 150
    + b"}",
    "a list": b"[]",
    "a string": b'"marker"',
    "null": b"null",
    "nothing": b"",
    "content of another type": b'{"content":["marker"]}',
    "empty content": b'{"content":""}',
    "content too long": b'{"content":"%b"}' % (b"x" * 32_001),
    "unknown framework": b'{"content":"x","framework":"marker"}',
    "the wire's name, not ours": b'{"content":"x","user_id":"marker"}',
}

JSON = {"content-type": "application/json"}

PATHS = (
    "/api/messages/a.b",
    "/api/messages/*",
    "/api/messages/%3E",
    "/api/messages/a%20b",
    "/api/messages/%00",
    "/api/messages/a%00",
    "/api/messages/%0a",
    "/api/messages/a%0a",
    "/api/messages/%ff",
    "/api/messages/%ed%a0%80",
    "/api/messages/..%2f..%2fusage",
    "/api/messages/" + "a" * 65,
    "/api/messages/%e4%b8%96",
    "/api/messages/a.b/stream",
    "/api/messages/*/transitions",
    "/api/projects/%00",
    "/api/projects/*/messages",
    "/api/fragments/..",
    "/api/fragments/%2e%2e",
    "/api/none",
    "/api/messages//stream",
    "//",
)


def is_problem(response: httpx.Response) -> bool:
    fields = {"type", "title", "status", "detail", "code", "instance"}
    return (
        response.headers["content-type"] == "application/problem+json"
        and response.json().keys() == fields
        and response.json()["status"] == response.status_code
    )


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_bad_bodies(http: httpx.AsyncClient, message: MessageView, body: bytes) -> None:
    """400 or 422, as a problem, without an echo."""
    path = f"/api/projects/{message.project_id}/messages"
    response = await http.post(path, content=body, headers=JSON)
    assert response.status_code in {400, 422}
    assert is_problem(response)
    assert "marker" not in response.text


@pytest.mark.parametrize(
    "headers",
    [{}, {"content-type": "text/plain"}, {"content-type": "application/x-www-form-urlencoded"}],
)
async def test_bodies_must_say_that_they_are_json(
    http: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    """A browser's plain form can then never post here."""
    response = await http.post("/api/projects", content=b"{}", headers=headers)
    assert response.status_code == 415
    assert is_problem(response)


@pytest.mark.parametrize("path", PATHS)
async def test_bad_paths(running: Running, alice: ApiKey, path: str) -> None:
    """An id that is none names nothing; it never becomes part of a subject."""
    key = f"Authorization: Bearer {alice}"
    status, answer = await raw_get(running.address, path, key)
    assert status == 404
    assert b"application/problem+json" in answer


@pytest.mark.parametrize(
    "query",
    ["cursor=%00", "cursor=%ff", "cursor=", "cursor=a%20b", "limit=0", "limit=101", "limit=NaN"],
)
async def test_bad_queries(http: httpx.AsyncClient, query: str) -> None:
    """Checked like bodies."""
    response = await http.get(f"/api/projects?{query}")
    assert response.status_code == 422
    assert is_problem(response)


@pytest.mark.parametrize("key", ["", "a b", "k" * 256, "schlüssel"])
async def test_bad_idempotency_keys(
    http: httpx.AsyncClient, message: MessageView, key: str
) -> None:
    """Printable ASCII, at most 255 of it."""
    response = await http.post(
        f"/api/projects/{message.project_id}/messages",
        content=b'{"content":"x"}',
        headers={b"idempotency-key": key.encode("latin-1"), b"content-type": b"application/json"},
    )
    assert response.status_code == 422


async def test_methods_that_are_not_there(http: httpx.AsyncClient) -> None:
    """405 names those that are."""
    response = await http.put("/api/projects", json={})
    assert response.status_code == 405
    assert is_problem(response)
    assert response.headers["allow"]


@pytest.mark.parametrize("path", ["/api/projects", "/api/messages/update", "/nothing/here"])
async def test_a_declared_giant_is_refused_unread(running: Running, path: str) -> None:
    """The length alone is enough."""
    reader, writer = await asyncio.open_connection(*running.address)
    writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413")
    assert b'"code":"body_too_large"' in answer


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/projects"), ("PATCH", "/api/messages/update")]
)
async def test_a_giant_without_a_length_is_cut_off(
    running: Running, alice: ApiKey, method: str, path: str
) -> None:
    """413 as soon as the limit is passed, while the body still streams in; then the end."""
    reader, writer = await asyncio.open_connection(*running.address)
    writer.write(
        f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {alice}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    )
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    for _ in range(LIMIT // 0x10000):
        writer.write(chunk)
        await writer.drain()
    with pytest.raises(TimeoutError):  # still within the limit: it waits for more
        await asyncio.wait_for(reader.read(1), 0.1)
    writer.write(chunk)
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"application/problem+json" in answer


async def test_the_limit_itself_passes(http: httpx.AsyncClient) -> None:
    """A body of exactly one megabyte is read; here it fails for another reason."""
    body = b'{"name":"%b"}' % (b"x" * (LIMIT - 11))
    assert len(body) == LIMIT
    response = await http.post("/api/projects", content=body, headers=JSON)
    assert response.status_code == 422


async def test_raw_bytes_in_the_request_line(running: Running) -> None:
    """Bytes beyond ASCII in a path are refused by the parser, and the next client is served."""
    reader, writer = await asyncio.open_connection(*running.address)
    writer.write(b"GET /api/messages/\xff\xfe?after=\xff HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(1000), 5)
    writer.close()
    assert answer[9:12] in {b"400", b"404", b"401"}
    assert (await running.http.get("/healthz")).status_code == 200
