"""Live events: one core subscription per process, demultiplexed to the viewers of each run.

The broker repeats every stored `run.<id>.delta` entry with its sequence and that of the run's
entry before it. Delivery is at most once; whatever is missed shows as a gap, and the log fills it.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from nats.aio.client import Client
from nats.aio.msg import Msg

from millstream_gateway.core.frames import Encode, Frame
from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import RunKind

LIVE_EVENTS = subjects.live_entry(subjects.run_entry("*", RunKind.DELTA))


class Live(NamedTuple):
    """A frame, and the sequence of the run's event before it (0 for the first)."""

    previous: int
    frame: Frame


class Viewer:
    """What waits for one viewer. When it is full the oldest goes: that makes a gap, no more."""

    def __init__(self, capacity: int) -> None:
        self._waiting: deque[Live] = deque(maxlen=capacity)
        self._wake = asyncio.Event()
        self.closing = False

    def offer(self, live: Live) -> None:
        self._waiting.append(live)
        self._wake.set()

    def close(self) -> None:
        self.closing = True
        self._wake.set()

    async def take(self, seconds: float) -> list[Live]:
        """All that waits; empty after `seconds` of silence, or when the gateway closes."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return []
        self._wake.clear()
        taken = list(self._waiting)
        self._waiting.clear()
        return taken


class Hub:
    """All viewers of this process, by run. A frame is encoded once, however many watch."""

    def __init__(self, encode: Encode, capacity: int) -> None:
        self._encode = encode
        self._capacity = capacity
        self._viewers: defaultdict[str, set[Viewer]] = defaultdict(set)
        self._closing = False

    async def open(self, client: Client) -> None:
        await client.subscribe(LIVE_EVENTS, cb=self._on_entry)

    def close(self) -> None:
        """Ends all streams; their clients resume elsewhere by cursor."""
        self._closing = True
        for viewers in self._viewers.values():
            for viewer in viewers:
                viewer.close()

    @contextmanager
    def attach(self, message_id: str) -> Iterator[Viewer]:
        """A viewer of that run, from now on until the context ends."""
        viewer = Viewer(self._capacity)
        if self._closing:
            viewer.close()
        self._viewers[message_id].add(viewer)
        try:
            yield viewer
        finally:
            self._viewers[message_id].discard(viewer)
            if not self._viewers[message_id]:
                del self._viewers[message_id]

    def __len__(self) -> int:
        """How many viewers there are."""
        return sum(len(viewers) for viewers in self._viewers.values())

    async def _on_entry(self, message: Msg) -> None:
        viewers = self._viewers.get(message.subject.split(".")[2])
        headers = message.headers
        if not viewers or headers is None:
            return
        frame = self._encode(int(headers["Nats-Sequence"]), message.data)
        live = Live(int(headers["Nats-Last-Sequence"]), frame)
        for viewer in viewers:
            viewer.offer(live)
