"""A viewer's place in a run: what it has seen, and what comes next."""

from collections.abc import AsyncIterator, Sequence

import structlog

from millstream_gateway.adapters.hub import Live
from millstream_gateway.adapters.metrics import Metrics
from millstream_gateway.adapters.runs import Runs
from millstream_gateway.core.frames import Encode, Frame
from millstream_shared.runtime.errors import Transient

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
        self.behind = False
        """True when a live event did not follow on the last one seen: the log must be read."""

    async def stored(self) -> AsyncIterator[bytes]:
        """Frames from the log. Ends early when the broker fails; the gap is then seen again."""
        self.behind = False
        self._metrics.log_reads.inc()
        try:
            async for entry in self._runs.events(self._message_id, self.seq):
                yield self._pass(self._encode(entry.seq, entry.data))
                if self.ended:
                    return
        except Transient as error:
            log.warning("run log not readable", message_id=self._message_id, error=str(error))

    def live(self, lives: Sequence[Live]) -> bytes:
        """The frames that follow, up to a gap, in one piece: under load one send serves many."""
        chunks: list[bytes] = []
        for previous, frame in lives:
            if frame.seq <= self.seq:
                continue
            if previous != self.seq:
                self.behind = True
                break
            chunks.append(self._pass(frame))
        return b"".join(chunks)

    def _pass(self, frame: Frame) -> bytes:
        self.seq = frame.seq
        self.ended = frame.last
        self._metrics.frames_sent.inc()
        return frame.data
