"""A run as a stream of frames: stored ones first, then live ones, to its `done`."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

from millstream_gateway.adapters.cursor import Cursor
from millstream_gateway.adapters.hub import Hub, Viewer
from millstream_gateway.adapters.metrics import Metrics
from millstream_gateway.adapters.runs import Runs
from millstream_gateway.core.frames import KEEP_ALIVE, Encode, ending
from millstream_shared.contracts.enums import MessageStatus
from millstream_shared.contracts.store import Refused
from millstream_shared.contracts.views import MessageView
from millstream_shared.runtime.errors import Transient

Look = Callable[[], Awaitable[MessageView]]
"""Asks the store for the message as it is now."""


class Streaming:
    """Plays runs to viewers. `keep_alive`: seconds of silence before a comment is sent."""

    def __init__(
        self, hub: Hub, runs: Runs, encode: Encode, metrics: Metrics, keep_alive: float
    ) -> None:
        self._hub = hub
        self._runs = runs
        self._encode = encode
        self._metrics = metrics
        self._keep_alive = keep_alive

    async def watch(self, message_id: str, after: int, look: Look) -> AsyncGenerator[bytes, None]:
        """The run's frames with a sequence above `after`, until its `done` or our shutdown.

        The viewer is attached before the log is read, so that nothing falls in between.
        """
        cursor = Cursor(self._runs, self._encode, self._metrics, message_id, after)
        with self._hub.attach(message_id) as viewer, self._metrics.open_streams.track_inprogress():
            async for chunk in cursor.stored():
                yield chunk
            async for chunk in self._follow(cursor, viewer, Silence(look)):
                yield chunk

    async def ending(self, message: MessageView, seq: int) -> AsyncGenerator[bytes, None]:
        """The frames for a message whose log does not tell its end."""
        for payload in ending(message):
            yield self._encode(seq, payload).data

    async def _follow(
        self, cursor: Cursor, viewer: Viewer, silence: "Silence"
    ) -> AsyncIterator[bytes]:
        while not cursor.ended and not viewer.closing:
            lives = await viewer.take(self._keep_alive)
            if chunk := cursor.live(lives):
                yield chunk
            if not lives and not viewer.closing:
                yield KEEP_ALIVE
                # Had the last live event been lost, no later one would show the gap.
                cursor.behind = True
            if cursor.behind:
                async for chunk in cursor.stored():
                    yield chunk
            if not lives and not cursor.ended and (over := await silence.over(cursor.seq)):
                async for chunk in self.ending(over, cursor.seq):
                    yield chunk
                return


class Silence:
    """Notices a run that ended without `done`, for instance because its agent was lost."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._complete_at: int | None = None

    async def over(self, seq: int) -> MessageView | None:
        """The message, once it was found complete twice with no event in between."""
        try:
            message = await self._look()
        except (Refused, Transient):
            return None
        complete = message.status is MessageStatus.COMPLETE
        told_before = self._complete_at == seq
        self._complete_at = seq if complete else None
        return message if complete and told_before else None
