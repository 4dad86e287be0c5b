"""Server-sent events as chat endpoints send them: `data:` lines with JSON, until `[DONE]`."""

from collections.abc import AsyncIterator
from typing import Any

import orjson


class StreamFault(Exception):
    """The stream is not what it should be; `kind` says how."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


async def data_events(lines: AsyncIterator[str]) -> AsyncIterator[dict[str, Any]]:
    """The JSON objects of the stream. Comments (keep-alives) and other fields are passed over."""
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
        raise StreamFault("invalid_json", f"a line of the stream is no JSON: {error}") from error
    if not isinstance(event, dict):
        raise StreamFault("invalid_json", "a line of the stream is no JSON object")
    return event
