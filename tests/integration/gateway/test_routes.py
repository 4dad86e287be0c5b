"""Each route, used as it should be."""

from typing import Literal

import httpx
import pytest
from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError

from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import MessageStatus, MessageType
from millstream_shared.contracts.generation import GenerationRequested
from millstream_shared.contracts.store import Refusal
from millstream_shared.contracts.views import MessageView, Waiting
from tests.fakes.store import FakeStore


async def test_a_project_lives_and_dies(http: httpx.AsyncClient) -> None:
    """Create, read, list, change, delete."""
    created = await http.post("/api/projects", json={"name": "Board", "framework": "REACT"})
    assert created.status_code == 201
    path = f"/api/projects/{created.json()['id']}"
    assert (await http.get(path)).json() == created.json()
    assert created.json() in (await http.get("/api/projects?limit=100")).json()["items"]
    changed = await http.patch(path, json={"name": "Boards"})
    assert (changed.status_code, changed.json()["name"]) == (200, "Boards")
    assert (await http.delete(path)).status_code == 204
    assert (await http.get(path)).status_code == 404


async def test_a_project_needs_no_body(http: httpx.AsyncClient) -> None:
    """Name and framework have defaults; what is not known yet is null, not absent."""
    created = await http.post("/api/projects")
    assert created.status_code == 201
    assert created.json()["framework"] is None


async def test_a_prompt_reaches_the_agents_queue_once(
    http: httpx.AsyncClient, store: FakeStore, nats_client: Client
) -> None:
    """202 with both messages and the stream; the same Idempotency-Key queues nothing twice."""
    project = store.add_project("user-alice")
    js = nats_client.jetstream()
    before = (await js.stream_info(subjects.GENERATIONS)).state.messages
    headers = {"idempotency-key": f"key-{project.id}"}
    answers = [
        await http.post(
            f"/api/projects/{project.id}/messages", json={"content": "A board"}, headers=headers
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    accepted = answers[0].json()
    assert accepted["userMessage"]["content"] == "A board"
    assert accepted["message"]["status"] == "PENDING"
    assert accepted["streamUrl"] == f"/api/messages/{accepted['message']['id']}/stream"
    assert (await js.stream_info(subjects.GENERATIONS)).state.messages == before + 1
    stored = await js.get_last_msg(
        subjects.GENERATIONS, f"generation.requested.high.user-alice.{accepted['message']['id']}"
    )
    assert stored.data
    assert GenerationRequested.decode(stored.data).message_id == accepted["message"]["id"]


async def test_messages_show_a_signed_preview(
    http: httpx.AsyncClient, store: FakeStore, message: MessageView
) -> None:
    """Alone, in the list and as a fragment; without a built app there is no link."""
    fragment_id = store.add_fragment("user-alice", message, {"index.html": b"<p>"})
    other = store.add_message("user-alice", message.project_id)
    store.add_fragment("user-alice", other, {})
    shown = (await http.get(f"/api/messages/{message.id}")).json()["fragment"]
    assert shown["previewUrl"].startswith("http://previews.test/p/")
    assert (await http.get(f"/api/fragments/{fragment_id}")).json() == shown
    listed = (await http.get(f"/api/projects/{message.project_id}/messages")).json()["items"]
    assert [item["fragment"]["previewUrl"] for item in listed] == [shown["previewUrl"], None]


async def test_transitions_and_usage(http: httpx.AsyncClient, message: MessageView) -> None:
    """History of a message, and what is left to spend."""
    transitions = (await http.get(f"/api/messages/{message.id}/transitions")).json()["items"]
    assert transitions[0]["status"] == "PENDING"
    assert transitions[0]["previous"] is None
    assert (await http.get("/api/usage")).json()["remaining"] == 4


async def test_the_ledger_and_figures(http: httpx.AsyncClient, message: MessageView) -> None:
    """What a message's model calls took, and how runs did: by default over a day."""
    (attempt,) = (await http.get(f"/api/messages/{message.id}/attempts")).json()["items"]
    assert (attempt["errorType"], attempt["firstContent"]) == ("provider_cut", None)
    assert (await http.get("/api/metrics/summary")).json()["window"] == "24h"
    summary = (await http.get("/api/metrics/summary?window=7d")).json()
    assert (summary["window"], summary["runs"]["errorRate"]) == ("7d", None)
    assert (await http.get("/api/metrics/summary?window=1y")).status_code == 422


async def test_figures_are_explained_in_the_document(http: httpx.AsyncClient) -> None:
    """Each with its unit, and what is counted."""
    schemas = (await http.get("/openapi.json")).json()["components"]["schemas"]
    assert (
        "first content" in schemas["MetricsSummary"]["properties"]["tokensPerSecond"]["description"]
    )
    assert "somebody who watched" in str(schemas["TimeToFirstToken"]["properties"]["viewer"])


async def test_known_answers_may_be_refused_per_message(
    http: httpx.AsyncClient, store: FakeStore
) -> None:
    """They are taken unless the request says no; only a boolean says anything."""
    path = f"/api/projects/{store.add_project('user-alice').id}/messages"
    for body, code in (({}, 202), ({"cache": False}, 202), ({"cache": "no"}, 422)):
        answer = await http.post(path, json={"content": "A board", **body})
        assert answer.status_code == code
    assert [question.cache for question in store.begin_questions[-2:]] == [True, False]


async def test_cancel_leaves_a_note_for_the_agent(
    http: httpx.AsyncClient, store: FakeStore, message: MessageView, nats_client: Client
) -> None:
    """The key in the bucket is the message's id; a complete message cannot be cancelled."""
    bucket = await nats_client.jetstream().key_value(subjects.CANCEL)
    assert (await http.post(f"/api/messages/{message.id}/cancel")).status_code == 202
    assert (await bucket.get(message.id)).key == message.id
    store.change_message(message.id, status=MessageStatus.COMPLETE, type=MessageType.RESULT)
    refused = await http.post(f"/api/messages/{message.id}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "already_complete")


async def test_cancelling_in_line_needs_no_agent(
    http: httpx.AsyncClient, store: FakeStore, message: MessageView, nats_client: Client
) -> None:
    """The store ends it; nobody else is told, for nobody else has it."""
    store.change_message(message.id, waiting=Waiting(reason="user_busy", ahead=1))
    assert (await http.post(f"/api/messages/{message.id}/cancel")).status_code == 202
    answer = (await http.get(f"/api/messages/{message.id}")).json()
    assert (answer["status"], answer["reason"]) == ("COMPLETE", "cancelled")
    bucket = await nats_client.jetstream().key_value(subjects.CANCEL)
    with pytest.raises(KeyNotFoundError):
        await bucket.get(message.id)


@pytest.mark.parametrize("code", ["queue_full", "credits_exhausted"])
async def test_too_much_is_said_with_a_wait(
    http: httpx.AsyncClient, store: FakeStore, code: Literal["queue_full", "credits_exhausted"]
) -> None:
    """Whatever the store leaves out: 429, Retry-After in seconds, and a problem document."""
    project = store.add_project("user-alice")
    store.refusals["begin_generation"] = Refusal(code=code, detail="Later.")
    try:
        response = await http.post(f"/api/projects/{project.id}/messages", json={"content": "x"})
    finally:
        del store.refusals["begin_generation"]
    assert (response.status_code, response.json()["code"]) == (429, code)
    assert int(response.headers["retry-after"]) >= 1
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_message_in_line_says_so(
    http: httpx.AsyncClient, store: FakeStore, message: MessageView
) -> None:
    """Why it waits and how many go first, until it is with the agents."""
    store.change_message(message.id, waiting=Waiting(reason="project_busy", ahead=2))
    answer = (await http.get(f"/api/messages/{message.id}")).json()
    assert answer["waiting"] == {"reason": "project_busy", "ahead": 2}


async def test_refusals_keep_their_code(http: httpx.AsyncClient, store: FakeStore) -> None:
    """What the store refuses is said with its code, and when to come back."""
    project = store.add_project("user-alice")
    refusal = Refusal(code="credits_exhausted", detail="Wait.", retry_after=3600)
    store.refusals["begin_generation"] = refusal
    try:
        response = await http.post(f"/api/projects/{project.id}/messages", json={"content": "x"})
    finally:
        del store.refusals["begin_generation"]
    assert response.status_code == 429
    assert response.headers["retry-after"] == "3600"
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "credits_exhausted"
    assert response.json()["instance"].endswith(response.headers["x-request-id"])


async def test_an_unexpected_answer_is_an_internal_problem(
    http: httpx.AsyncClient, store: FakeStore, message: MessageView
) -> None:
    """Nothing of what went wrong is told, but the name under which it was logged."""
    nonsense = Refusal.model_construct(code="nonsense", detail="a secret")  # type: ignore[arg-type]  # on purpose
    store.refusals["get_message"] = nonsense
    try:
        response = await http.get(f"/api/messages/{message.id}")
    finally:
        del store.refusals["get_message"]
    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert "secret" not in response.text
    assert response.json()["instance"].endswith(response.headers["x-request-id"])


async def test_operators_see_health_and_figures(http: httpx.AsyncClient) -> None:
    """Alive, ready, counted by route; documents are served."""
    assert (await http.get("/healthz")).text == "ok"
    assert (await http.get("/readyz")).text == "ready"
    assert 'route="/api/projects/{project_id}"' in (await http.get("/metrics")).text
    assert (await http.get("/docs")).status_code == 200


async def test_the_document_names_every_operation(http: httpx.AsyncClient) -> None:
    """Operation ids are camelCase and unique; errors are problems; keys are the scheme."""
    document = (await http.get("/openapi.json")).json()
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert "createMessage" in names
    assert document["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
    for operation in operations:
        if operation["operationId"] != "updateMessage" and "security" in operation:
            assert {"401", "500", "503"} <= operation["responses"].keys()
            assert "application/problem+json" in operation["responses"]["401"]["content"]
    assert "HTTPValidationError" not in str(document["paths"])
