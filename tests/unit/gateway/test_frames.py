"""Frames: pure functions from log entries to bytes."""

from datetime import UTC, datetime

import orjson
import pytest

from millstream_gateway.core.frames import ending, event_type, native, server_sent
from millstream_shared.contracts.enums import MessageRole, MessageStatus, MessageType
from millstream_shared.contracts.runs import VIEWER_EVENT, Done, PreviewReady, TextDelta
from millstream_shared.contracts.views import MessageView

MOMENT = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)

encode = native(lambda fragment_id, expires: f"http://x/{fragment_id}/{int(expires.timestamp())}")


def test_a_frame_holds_the_entry_as_it_is() -> None:
    """Id, event and data; the payload is not touched."""
    payload = TextDelta(part="1", text="a\nb\u2028").encode()
    frame = encode(7, payload)
    assert frame.sse == b"id: 7\nevent: text.delta\ndata: " + payload + b"\n\n"
    assert not frame.last


def test_a_frame_is_a_socket_message_too() -> None:
    """The same id, event and payload, as one JSON object."""
    payload = TextDelta(part="1", text="Grüße, 世界").encode()
    message = orjson.loads(encode(7, payload).json)
    assert message == {"id": 7, "event": "text.delta", "data": orjson.loads(payload)}


def test_nothing_is_said_by_a_comment() -> None:
    """Several events are one piece; none are a sign of life."""
    first, second = encode(1, b"{}"), encode(2, b"{}")
    assert server_sent([first, second]) == first.sse + second.sse
    assert server_sent([]) == b": keep-alive\n\n"


def test_done_is_the_last_frame() -> None:
    """The stream's end is told by its event."""
    assert encode(9, Done(message_type=MessageType.RESULT).encode()).last


def test_a_preview_gets_its_link_at_the_end() -> None:
    """Made from the event alone, so that each replay makes the same bytes."""
    payload = PreviewReady(fragment_id="f1", expires_at=MOMENT).encode()
    expected = payload[:-1] + b',"url":"http://x/f1/1769860800"}'
    assert encode(1, payload).sse.endswith(b"data: " + expected + b"\n\n")
    assert encode(1, payload) == encode(1, payload)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"nonsense",
        b'{"type":"preview"}',
        b'{"type":"preview","fragmentId":"f","expiresAt":"never"}',
        b'{"type":"preview","fragmentId":"f","expiresAt":1}',
        b'{"type":"preview"',
        b'{"type":"',
    ],
)
def test_any_payload_becomes_a_frame(payload: bytes) -> None:
    """One bad entry must not end every stream that comes by."""
    assert encode(1, payload).sse.endswith(b"data: " + payload + b"\n\n")


def test_every_event_s_type_is_found() -> None:
    """`type` is the first name of each contract, so a scan of its first bytes is enough."""
    schemas = VIEWER_EVENT.json_schema()["$defs"].values()
    kinds = [schema["properties"]["type"]["const"] for schema in schemas if "type" in names(schema)]
    assert len(kinds) == 19
    for schema in schemas:
        if "type" in names(schema):
            assert names(schema)[0] == "type"
    assert event_type(b'{"type":"file.delta","path":"x"}') == b"file.delta"


def names(schema: dict[str, dict[str, object]]) -> list[str]:
    return list(schema.get("properties", {}))


def test_the_ending_of_a_message_without_a_fragment() -> None:
    """Status and done are always told."""
    message = MessageView(
        id="m",
        content="",
        role=MessageRole.ASSISTANT,
        type=MessageType.ERROR,
        status=MessageStatus.COMPLETE,
        created_at=MOMENT,
        updated_at=MOMENT,
        project_id="p",
    )
    assert [event_type(payload) for payload in ending(message)] == [b"status", b"done"]
