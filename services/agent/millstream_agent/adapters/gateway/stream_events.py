"""Server-sent events as chat endpoints send them: `data:` lines with JSON, until `[DONE]`."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import orjson

from millstream_agent.core.failures import ModelFailed
from millstream_shared.contracts.enums import ErrorType


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
                return
            yield _decode(data)


def _decode(data: str) -> dict[str, Any]:
    try:
        event = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ModelFailed(ErrorType.MALFORMED, f"a line is no JSON: {error}") from error
    if not isinstance(event, dict):
        raise ModelFailed(ErrorType.MALFORMED, "a line of the stream is no JSON object")
    return event
