"""The native stream's frames: pure functions from run-log entries to bytes.

A frame depends on the entry alone, so a replay, also on another replica, is byte-equal to what
was live.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from millstream_shared.contracts.model import Contract
from millstream_shared.contracts.runs import Done, FragmentStored, StatusChanged
from millstream_shared.contracts.views import MessageView

KEEP_ALIVE: Final = b": keep-alive\n\n"
LOG_GONE: Final = 0
"""The id of events made up for a message whose log has expired."""

_TYPE_FIRST = b'{"type":"'

SignUrl = Callable[[str, datetime], str]
"""A preview's absolute URL from its fragment's id and the moment it ends."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One event as bytes, made once for all its viewers."""

    seq: int
    data: bytes
    last: bool


Encode = Callable[[int, bytes], Frame]
"""From a run-log entry's sequence and payload to a frame. It must take any payload."""


def native(sign_url: SignUrl) -> Encode:
    """The encoder of `event: <type>` frames, with a signed link put into `preview` events."""

    def encode(seq: int, payload: bytes) -> Frame:
        kind = event_type(payload)
        if kind == b"preview":
            payload = _with_url(payload, sign_url)
        data = b"id: %d\nevent: %b\ndata: %b\n\n" % (seq, kind, payload)
        return Frame(seq, data, last=kind == b"done")

    return encode


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
