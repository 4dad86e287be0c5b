"""Faults below HTTP, over real sockets: what clients and kernels make of them."""

import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import openai
import orjson
import pytest
from openai import AsyncOpenAI

Code = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("fault", ["reset", "garbage"])
async def test_broken_connections_are_connection_errors(
    sdk: AsyncOpenAI, code: Code, fault: str
) -> None:
    """The SDK knows no more than that, whether the answer is streamed or not."""
    for stream in (True, False):
        with pytest.raises(openai.APIConnectionError):
            await sdk.chat.completions.create(**code(f"sim-fast:{fault}"), stream=stream)


def test_a_reset_is_a_reset(url: str, code: Code) -> None:
    """RST instead of FIN: the kernel says so, and not a byte came."""
    with _asked(url, code("sim-reset")) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)


def test_garbage_is_no_http(url: str, code: Code) -> None:
    """Some bytes, none of which is a status line, and then an orderly end."""
    with _asked(url, code("sim-garbage")) as connection:
        received = b""
        while part := connection.recv(4096):
            received += part
    assert received
    assert b"HTTP" not in received


def _asked(url: str, request: dict[str, Any]) -> socket.socket:
    """A connection on which the request has been sent."""
    place = urlsplit(url)
    assert place.hostname
    assert place.port
    connection = socket.create_connection((place.hostname, place.port), timeout=5)
    body = orjson.dumps(request)
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: simulator\r\n"
        f"Authorization: Bearer key-for-tests\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    connection.sendall(head.encode() + body)
    return connection


async def test_slow_headers_come_after_the_limit(http: httpx.AsyncClient, code: Code) -> None:
    """Not even a status until then; afterwards all is well."""
    started = time.monotonic()
    request = code("sim-slow-headers", stream=True)
    async with http.stream("POST", "/v1/chat/completions", json=request) as response:
        assert time.monotonic() - started > 1.4
        assert (await response.aread()).endswith(b"data: [DONE]\n\n")


async def test_slow_headers_trip_the_read_timeout(sdk: AsyncOpenAI, code: Code) -> None:
    """Unlike a stall of the body, it happens while the request is still being made."""
    with pytest.raises(openai.APITimeoutError):
        await sdk.with_options(timeout=0.3).chat.completions.create(
            **code("sim-slow-headers"), stream=True
        )


async def test_a_broken_connection_harms_no_other(sdk: AsyncOpenAI, code: Code) -> None:
    """The next conversation is answered, and the struck one when it is tried again."""
    request = code("sim-reset:once", prompt="A counter after a reset")
    with pytest.raises(openai.APIConnectionError):
        await sdk.chat.completions.create(**request)
    assert (await sdk.chat.completions.create(**request)).choices[0].finish_reason
