"""The native stream's frames: pure functions from run-log entries to what goes over the wire.

A frame depends on the entry alone, so a replay, also on another replica, is byte-equal to what
was live.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final, NamedTuple

import orjson

from millstream_shared.contracts.model import Contract
from millstream_shared.contracts.runs import Done, FragmentStored, StatusChanged
from millstream_shared.contracts.views import MessageView

KEEP_ALIVE: Final = b": keep-alive\n\n"

_CONTENT: Final = frozenset((b"text.delta", b"file.delta"))

_TYPE_FIRST = b'{"type":"'

SignUrl = Callable[[str, datetime], str]
"""A preview's absolute URL from its fragment's id and the moment it ends."""


@dataclass(frozen=True)
class Frame:
    """One event: `payload` is its JSON. Each of its wire forms is made once for all viewers."""

    seq: int
    kind: bytes
    payload: bytes

    @property
    def last(self) -> bool:
        return self.kind == b"done"

    @cached_property
    def sse(self) -> bytes:
        """A server-sent event."""
        return b"id: %d\nevent: %b\ndata: %b\n\n" % (self.seq, self.kind, self.payload)

    @cached_property
    def json(self) -> str:
        """`{"id": <seq>, "event": <name>, "data": {...}}`, the text of a WebSocket message."""
        whole = b'{"id":%d,"event":"%b","data":%b}' % (self.seq, self.kind, self.payload)
        return whole.decode(errors="replace")


Frames = AsyncGenerator[list[Frame], None]
"""Events in the lists in which they came; an empty list asks for a sign of life."""


class Live(NamedTuple):
    """A frame as it came live, and the sequence of the run's event before it (0 for the first)."""

    previous: int
    frame: Frame


Encode = Callable[[int, bytes], Frame]
"""From a run-log entry's sequence and payload to a frame. It must take any payload."""


def native(sign_url: SignUrl) -> Encode:
    """The encoder of the run log's own events, with a signed link put into `preview` events."""

    def encode(seq: int, payload: bytes) -> Frame:
        kind = event_type(payload)
        return Frame(seq, kind, _with_url(payload, sign_url) if kind == b"preview" else payload)

    return encode


def server_sent(frames: Sequence[Frame]) -> bytes:
    """Several frames in one piece; a comment in the place of none."""
    return b"".join(frame.sse for frame in frames) or KEEP_ALIVE


def has_content(frames: Sequence[Frame]) -> bool:
    """Whether something that the model wrote is among them."""
    return any(frame.kind in _CONTENT for frame in frames)


def event_type(payload: bytes) -> bytes:
    """The event's `type`, which is the first name in the JSON; `message` when it has none."""
    if payload.startswith(_TYPE_FIRST):
        end = payload.find(b'"', len(_TYPE_FIRST))
        return payload[len(_TYPE_FIRST) : end]
    return b"message"


def ending(message: MessageView) -> tuple[bytes, ...]:
    """The payloads that tell a complete message's end when the log does not."""
    events: list[Contract] = [
        StatusChanged(status=message.status, attempt=message.attempt, message_type=message.type)
    ]
    if fragment := message.fragment:
        events.append(
            FragmentStored(
                fragment_id=fragment.id,
                title=fragment.title,
                framework=fragment.framework,
                files=tuple(fragment.files),
            )
        )
    events.append(Done(message_type=message.type))
    return tuple(event.encode() for event in events)


def _with_url(payload: bytes, sign_url: SignUrl) -> bytes:
    try:
        event = orjson.loads(payload)
        url = sign_url(event["fragmentId"], datetime.fromisoformat(event["expiresAt"]))
    except (ValueError, KeyError, TypeError):
        return payload  # an event without a link is better than a stream that ends here
    return payload[:-1] + b',"url":' + orjson.dumps(url) + b"}"
