"""A viewer's place in a run: what it has seen, and what comes next."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final

import structlog

from millstream_gateway.adapters.metrics import Metrics
from millstream_gateway.adapters.recent import Recent
from millstream_gateway.adapters.runs import Runs
from millstream_gateway.core.frames import Encode, Frame, Live
from millstream_shared.runtime.errors import Transient

AT_ONCE: Final = 32
"""Frames joined into one piece: each viewer that takes none holds one."""

log = structlog.get_logger()


class Cursor:
    """Moves on by stored events or by live ones; no event passes twice, none is left out."""

    def __init__(
        self, runs: Runs, encode: Encode, metrics: Metrics, message_id: str, after: int
    ) -> None:
        self._runs = runs
        self._encode = encode
        self._metrics = metrics
        self._message_id = message_id
        self.seq = after
        self.ended = False
        self.behind = True
        """Whether the log must be read: a live event did not follow on the last one seen."""

    def recent(self, recent: Recent) -> Iterator[list[Frame]]:
        """Frames that need no reading; the log is to be read afterwards all the same."""
        lives = recent.of(self._message_id)
        for start in range(0, len(lives), AT_ONCE):
            if frames := self.live(lives[start : start + AT_ONCE]):
                yield frames

    async def stored(self) -> AsyncIterator[list[Frame]]:
        """Frames from the log. When the broker fails the cursor stays behind."""
        self._metrics.log_reads.inc()
        try:
            async for page in self._runs.events(self._message_id, self.seq):
                yield [self._pass(self._encode(entry.seq, entry.data)) for entry in page]
                if self.ended:
                    return
        except Transient as error:
            log.warning("run log not readable", message_id=self._message_id, error=str(error))
        else:
            self.behind = False

    def live(self, lives: Sequence[Live]) -> list[Frame]:
        """The frames that follow, up to a gap."""
        frames: list[Frame] = []
        for previous, frame in lives:
            if frame.seq <= self.seq:
                continue
            if previous != self.seq:
                self.behind = True
                break
            frames.append(self._pass(frame))
        return frames

    def _pass(self, frame: Frame) -> Frame:
        self.seq = frame.seq
        self.ended = frame.last
        self._metrics.frames_sent.inc()
        return frame
