"""The open files that bubblewrap inherits: what it reads, and the pipes on which it answers.

Data goes this way and not on the command line, which every user of the machine can read.
"""

import asyncio
import os
from contextlib import AsyncExitStack, ExitStack


class Descriptors(ExitStack):
    """Descriptors to be inherited by one child; our copies are closed on leaving the context."""

    def __init__(self) -> None:
        super().__init__()
        self.inherited: list[int] = []

    def holding(self, content: bytes) -> str:
        """Return, as a word for a command line, a new descriptor from which `content` is read."""
        descriptor = self._lend(os.memfd_create("sandbox"))
        os.write(descriptor, content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        return str(descriptor)

    async def pipe(self, reading: AsyncExitStack) -> tuple[asyncio.StreamReader, int]:
        """Return a reader, open as long as `reading`, and the child's end of a new pipe."""
        ours, theirs = os.pipe()
        self._lend(theirs)
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(ours, "rb", buffering=0)
        )
        reading.callback(transport.close)
        return reader, theirs

    def _lend(self, descriptor: int) -> int:
        self.callback(os.close, descriptor)
        self.inherited.append(descriptor)
        return descriptor
