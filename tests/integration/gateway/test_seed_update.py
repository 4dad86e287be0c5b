"""The seed's PATCH, byte for byte."""

from dataclasses import dataclass

import httpx
import orjson
import pytest

from millstream_shared.contracts.enums import MessageStatus
from millstream_shared.contracts.keys import ApiKey
from millstream_shared.contracts.store import Refusal
from millstream_shared.contracts.views import MessageView
from tests.fakes.store import FakeStore
from tests.integration.gateway.conftest import STRANGER, Running
from tests.integration.gateway.sse import auth

PATH = "/api/messages/update"

NOT_JSON = b'{"error":"Invalid JSON body"}'
NOT_VALID = b'{"error":"Invalid request body"}'


@dataclass(frozen=True)
class Bad:
    """A body and its 400; MINE stands for the id of a message that could be updated."""

    name: str
    body: bytes
    answer: bytes


BAD = (
    Bad("nothing", b"", NOT_JSON),
    Bad("half", b'{"messageId":', NOT_JSON),
    Bad("NaN", b'{"messageId":"MINE","content":NaN}', NOT_JSON),
    Bad("not UTF-8", b'{"messageId":"MINE","content":"\xff"}', NOT_JSON),
    Bad("raw control character", b'{"messageId":"MINE","content":"\x00"}', NOT_JSON),
    Bad("null", b"null", NOT_VALID),
    Bad("a list", b"[]", NOT_VALID),
    Bad("a string", b'"MINE"', NOT_VALID),
    Bad("empty object", b"{}", NOT_VALID),
    Bad("no id", b'{"content":"x"}', NOT_VALID),
    Bad("empty id", b'{"messageId":"","content":"x"}', NOT_VALID),
    Bad("id is a number", b'{"messageId":1,"content":"x"}', NOT_VALID),
    Bad("no content", b'{"messageId":"MINE"}', NOT_VALID),
    Bad("content is null", b'{"messageId":"MINE","content":null}', NOT_VALID),
    Bad("content is a number", b'{"messageId":"MINE","content":1}', NOT_VALID),
    Bad("unknown status", b'{"messageId":"MINE","content":"x","status":"DONE"}', NOT_VALID),
    Bad("lower-case status", b'{"messageId":"MINE","content":"x","status":"complete"}', NOT_VALID),
    Bad("status is null", b'{"messageId":"MINE","content":"x","status":null}', NOT_VALID),
    Bad("unknown field", b'{"messageId":"MINE","content":"x","more":1}', NOT_VALID),
    Bad("NUL", rb'{"messageId":"MINE","content":"\u0000"}', NOT_VALID),
    Bad("lone surrogate", rb'{"messageId":"MINE","content":"\ud800"}', NOT_VALID),
    Bad(
        "deep", b'{"messageId":"MINE","content":' + b"[" * 99_999 + b"]" * 99_999 + b"}", NOT_VALID
    ),
)


def seen(response: httpx.Response) -> tuple[int, str, bytes]:
    return response.status_code, response.headers["content-type"], response.content


@pytest.mark.parametrize("bad", BAD, ids=[bad.name for bad in BAD])
async def test_bad_bodies(
    http: httpx.AsyncClient, store: FakeStore, message: MessageView, bad: Bad
) -> None:
    """Malformed JSON and a body of the wrong form are told apart; neither changes a thing."""
    body = bad.body.replace(b"MINE", message.id.encode())
    response = await http.patch(PATH, content=body)
    assert seen(response) == (400, "application/json", bad.answer)
    assert store.messages[message.id][1] == message


@pytest.mark.parametrize("body", [b"", b"{", b"{}"])
async def test_the_key_is_checked_first(running: Running, body: bytes) -> None:
    """Whatever the body is."""
    for headers in ({}, STRANGER):
        response = await running.http.patch(PATH, content=body, headers=headers)
        assert seen(response) == (401, "application/json", b'{"error":"Unauthorized"}')


async def test_a_stranger_s_message_and_a_missing_one_look_alike(
    running: Running, message: MessageView, bob: ApiKey
) -> None:
    """Nobody learns which ids exist."""
    for message_id in (message.id, "missing", "../*.>", "a" * 500):
        body = {"messageId": message_id, "content": "x"}
        response = await running.http.patch(PATH, json=body, headers=auth(bob))
        assert seen(response) == (403, "application/json", b'{"error":"Forbidden"}')


@pytest.mark.parametrize("status", [None, "PENDING", "STREAMING", "COMPLETE"])
async def test_success(
    http: httpx.AsyncClient, store: FakeStore, message: MessageView, status: str | None
) -> None:
    """Exactly the seed's eight fields, in its order, compact, with dates as JavaScript's."""
    store.add_fragment("user-alice", message, {"index.html": b"<p>"})
    content = 'Grüße, 世界 "quoted" \\ / \n\t\x1f \u2028 \U0001f600'
    body = {"messageId": message.id, "content": content}
    response = await http.patch(PATH, json=body | ({"status": status} if status else {}))
    assert seen(response) == (
        200,
        "application/json",
        b'{"success":true,"message":{"id":"%b","content":%b,"role":"ASSISTANT","type":"STREAMING",'
        b'"status":"%b","createdAt":"2025-10-19T02:32:26.123Z",'
        b'"updatedAt":"2025-10-19T02:32:26.123Z","projectId":"%b"}}'
        % (
            message.id.encode(),
            orjson.dumps(content),
            (status or MessageStatus.STREAMING).encode(),
            message.project_id.encode(),
        ),
    )


@pytest.mark.parametrize("content", ["", "x" * 900_000])
async def test_content_of_any_length(
    http: httpx.AsyncClient, message: MessageView, content: str
) -> None:
    """Empty is fine, and so is all that the body's limit lets through."""
    response = await http.patch(PATH, json={"messageId": message.id, "content": content})
    assert response.json()["message"]["content"] == content


async def test_anything_else_is_the_seed_s_500(
    http: httpx.AsyncClient, store: FakeStore, message: MessageView
) -> None:
    """A store that cannot answer, for instance."""
    store.refusals["update_message"] = Refusal(code="unavailable", detail="a secret")
    try:
        response = await http.patch(PATH, json={"messageId": message.id, "content": "x"})
    finally:
        del store.refusals["update_message"]
    assert seen(response) == (500, "application/json", b'{"error":"Failed to update message"}')
