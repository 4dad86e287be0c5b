"""Collecting what a job prints, up to a limit."""

import asyncio

CHUNK_BYTES = 65536


class Output:
    """Standard output and error of one job; `overflowed` is set once they pass `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self.overflowed = asyncio.Event()
        self._left = limit

    async def collect(self, stream: asyncio.StreamReader) -> str:
        """Read `stream` to its end or the common limit; bytes that are no UTF-8 are replaced."""
        chunks: list[bytes] = []
        while not self.overflowed.is_set() and (chunk := await stream.read(CHUNK_BYTES)):
            chunks.append(chunk[: max(self._left, 0)])
            self._left -= len(chunk)
            if self._left < 0:
                self.overflowed.set()
        return b"".join(chunks).decode(errors="replace")
