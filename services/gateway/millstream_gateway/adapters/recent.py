"""The latest events of busy runs, kept for viewers who come, or come back, while they are warm.

It only saves reading: whoever takes events from here asks the log for what follows on them.
"""

from collections import deque
from typing import Final

from cachetools import LRUCache

from millstream_gateway.core.frames import Live

BYTES_OF_A_RUN: Final = 2_097_152
BESIDE_PAYLOAD: Final = 600
"""About what a frame costs in memory that is not its payload."""


class Tail:
    """The end of one run: events without a gap between them."""

    def __init__(self) -> None:
        self.lives: deque[Live] = deque()
        self.size = 0

    def add(self, live: Live) -> None:
        if self.lives and self.lives[-1].frame.seq != live.previous:
            self.lives.clear()
            self.size = 0
        self.lives.append(live)
        self.size += _cost(live)
        while self.size > BYTES_OF_A_RUN:
            self.size -= _cost(self.lives.popleft())


class Recent:
    """The tails of as many runs as fit into `capacity` bytes; the one unused longest goes."""

    def __init__(self, capacity: int) -> None:
        self._tails: LRUCache[str, Tail] = LRUCache(
            max(capacity, BYTES_OF_A_RUN), getsizeof=lambda tail: tail.size
        )

    def add(self, message_id: str, live: Live) -> None:
        tail = self._tails.pop(message_id, None) or Tail()
        tail.add(live)
        self._tails[message_id] = tail

    def of(self, message_id: str) -> tuple[Live, ...]:
        tail = self._tails.get(message_id)
        return tuple(tail.lives) if tail else ()

    def clear(self) -> None:
        self._tails.clear()


def _cost(live: Live) -> int:
    return len(live.frame.payload) + BESIDE_PAYLOAD
