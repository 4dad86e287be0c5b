"""Server-sent events as chat endpoints send them: `data:` lines with JSON, until `[DONE]`."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any, Final

import httpx2
import orjson

from millstream_agent.core.failures import ModelFailed
from millstream_shared.contracts.enums import ErrorType

DRAIN_SECONDS: Final = 0.2
"""How long a provider may take to end the body once it has said that it is done."""


async def data_events(lines: AsyncGenerator[str]) -> AsyncGenerator[dict[str, Any]]:
    """The JSON objects of the stream. Comments (keep-alives) and other fields are passed over.

    Raises ModelFailed when a line is no JSON object.
    """
    async with aclosing(lines):
        async for line in lines:
            if not line.startswith("data:"):
                continue
            data = line[5:].strip()
            if data == "[DONE]":
                await _drain(lines)
                return
            yield _decode(data)


async def _drain(lines: AsyncGenerator[str]) -> None:
    """Reads to the body's end: a connection with something left on it is closed, not used again.

    The answer is whole already, so nothing that goes wrong here matters.
    """
    with suppress(TimeoutError, httpx2.HTTPError):
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _ in lines:
                pass


def _decode(data: str) -> dict[str, Any]:
    try:
        event = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ModelFailed(ErrorType.MALFORMED, f"a line is no JSON: {error}") from error
    if not isinstance(event, dict):
        raise ModelFailed(ErrorType.MALFORMED, "a line of the stream is no JSON object")
    return event
