"""A run as a stream of frames: stored ones first, then live ones, to its `done`."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from millstream_gateway.adapters.cursor import Cursor
from millstream_gateway.adapters.first_tokens import FirstTokens
from millstream_gateway.adapters.hub import Hub, Viewer
from millstream_gateway.adapters.metrics import Metrics
from millstream_gateway.adapters.recent import Recent
from millstream_gateway.adapters.runs import Runs
from millstream_gateway.core.frames import Encode, Frames, ending, event_type, has_content
from millstream_shared.contracts.enums import MessageStatus
from millstream_shared.contracts.store import Refused
from millstream_shared.contracts.views import MessageView
from millstream_shared.runtime.errors import Transient

READ_AGAIN_SECONDS: Final = 2.0
"""Until the log is looked into again when the broker could not be asked."""

Look = Callable[[], Awaitable[MessageView]]
"""Asks the store for the message as it is now."""


class MessageGone(Exception):
    """Its project was deleted: nothing will come of it, and there is nobody to ask."""


class Streaming:
    """Plays runs to viewers. `keep_alive`: seconds of silence before a sign of life."""

    def __init__(
        self,
        hub: Hub,
        recent: Recent,
        runs: Runs,
        encode: Encode,
        metrics: Metrics,
        first_tokens: FirstTokens,
        keep_alive: float,
    ) -> None:
        self._hub = hub
        self._recent = recent
        self._runs = runs
        self._encode = encode
        self._metrics = metrics
        self._first_tokens = first_tokens
        self._keep_alive = keep_alive

    async def seen(self, message: MessageView, after: int) -> bool:
        """Whether nothing comes after that sequence any more: it is that of the run's `done`."""
        if message.status is not MessageStatus.COMPLETE:
            return False
        last = await self._runs.last_event(message.id)
        return last is not None and last.seq <= after and event_type(last.data) == b"done"

    async def watch(self, message: MessageView, after: int, look: Look) -> Frames:
        """The run's frames with a sequence above `after`, until its `done` or our shutdown.

        The viewer is attached before the log is read, so that nothing falls in between.
        """
        cursor = Cursor(self._runs, self._encode, self._metrics, message.id, after)
        with self._hub.attach(message.id) as viewer, self._metrics.open_streams.track_inprogress():
            if message.status is MessageStatus.COMPLETE:
                viewer.wake()  # what the log does not tell now may never be told
            late = after > 0
            for frames in cursor.recent(self._recent):
                late = late or has_content(frames)
                yield frames
            at_hand = cursor.seq > after
            if not at_hand:  # what the viewer finds, it finds in the log
                async for frames in cursor.stored():
                    late = late or has_content(frames)
                    yield frames
            rest = self._rest(cursor, viewer, look, unread=at_hand)
            async for frames in rest if late else self._first_tokens.noted(rest, message.id):
                yield frames

    async def _rest(self, cursor: Cursor, viewer: Viewer, look: Look, *, unread: bool) -> Frames:
        """What has come since; `unread`: the log may know of more than there was at hand."""
        if unread and not cursor.ended:
            async for frames in cursor.stored():
                yield frames
        with suppress(MessageGone):
            async for frames in self._follow(cursor, viewer, look):
                yield frames

    async def _follow(self, cursor: Cursor, viewer: Viewer, look: Look) -> Frames:
        while not cursor.ended and not viewer.closing:
            lives = await viewer.take(READ_AGAIN_SECONDS if cursor.behind else self._keep_alive)
            if lives is None:
                yield []
            elif frames := cursor.live(lives):
                yield frames
            over = None
            if not lives and not viewer.closing:
                over = await self._over(look)
                # Had the last live event been lost, no later one would show the gap.
                cursor.behind = True
            if cursor.behind:
                async for frames in cursor.stored():
                    yield frames
            if over and not cursor.ended and not cursor.behind:
                yield [self._encode(cursor.seq, payload) for payload in ending(over)]
                return

    async def _over(self, look: Look) -> MessageView | None:
        """The message if it is complete and no agent has it: what its log lacks stays away.

        To be asked before the log is read: an agent lets go of a message after its `done`.
        """
        try:
            message = await look()
            complete = message.status is MessageStatus.COMPLETE
            return message if complete and not await self._runs.is_queued(message.id) else None
        except Refused as refused:
            if refused.refusal.code == "not_found":
                raise MessageGone from refused
            return None
        except Transient:
            return None
