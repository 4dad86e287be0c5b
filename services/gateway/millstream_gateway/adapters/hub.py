"""Live events: one core subscription per process, demultiplexed to the viewers of each run.

The broker repeats every stored `run.<id>.delta` entry with its sequence and that of the run's
entry before it. Delivery is at most once; whatever is missed shows as a gap, and the log fills it.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager

from nats.aio.client import Client
from nats.aio.msg import Msg

from millstream_gateway.adapters.recent import Recent
from millstream_gateway.core.frames import Encode, Live
from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import MessageStatus, RunKind

LIVE_EVENTS = subjects.live_entry(subjects.run_entry("*", RunKind.DELTA))
COMPLETIONS = subjects.message_status_changed("*", "*", MessageStatus.COMPLETE)


class Viewer:
    """What waits for one viewer. When it is full the oldest goes: that makes a gap, no more."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._waiting: deque[Live] = deque()
        self._wake = asyncio.Event()
        self.held = 0
        """Bytes of payload that wait; at most the capacity, or one frame."""
        self.closing = False

    def offer(self, live: Live) -> None:
        self._waiting.append(live)
        self.held += len(live.frame.payload)
        while self.held > self._capacity and len(self._waiting) > 1:
            self.held -= len(self._waiting.popleft().frame.payload)
        self._wake.set()

    def wake(self) -> None:
        """Ends a silence early: there is something to be found out."""
        self._wake.set()

    def close(self) -> None:
        self.closing = True
        self._wake.set()

    async def take(self, seconds: float) -> list[Live] | None:
        """All that waits, which is nothing when woken or closing; None after a silence."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return None
        self._wake.clear()
        taken = list(self._waiting)
        self._waiting.clear()
        self.held = 0
        return taken


class Hub:
    """All viewers of this process, by run. A frame is encoded once, however many watch."""

    def __init__(self, encode: Encode, recent: Recent, capacity: int) -> None:
        self._encode = encode
        self._recent = recent
        self._capacity = capacity
        self._viewers: defaultdict[str, set[Viewer]] = defaultdict(set)
        self._closing = False

    async def open(self, client: Client) -> None:
        await client.subscribe(LIVE_EVENTS, cb=self._on_entry)
        await client.subscribe(COMPLETIONS, cb=self._on_completion)

    def refresh(self) -> None:
        """Has all viewers look into the log: while the broker was away events were missed, and
        the log itself may be another one.
        """
        self._recent.clear()
        for viewers in self._viewers.values():
            for viewer in viewers:
                viewer.wake()

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
        message_id, headers = message.subject.split(".")[2], message.headers
        if headers is None:
            return
        frame = self._encode(int(headers["Nats-Sequence"]), message.data)
        live = Live(int(headers["Nats-Last-Sequence"]), frame)
        self._recent.add(message_id, live)
        for viewer in self._viewers.get(message_id, ()):
            viewer.offer(live)

    async def _on_completion(self, message: Msg) -> None:
        """A run that never began, or whose log was lost, tells its viewers no end of its own."""
        for viewer in self._viewers.get(message.subject.split(".")[2], ()):
            viewer.wake()
