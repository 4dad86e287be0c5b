"""Every route as another user, and as nobody: no row may leak."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from millstream_shared.contracts.keys import ApiKey
from millstream_shared.contracts.views import MessageView
from tests.fakes.store import FakeStore
from tests.integration.gateway.conftest import STRANGER, Running
from tests.integration.gateway.sse import auth


@dataclass(frozen=True)
class Case:
    """A request for something of Alice's; `foreign` is what Bob gets for it."""

    method: str
    path: str
    body: dict[str, str] | None = None
    foreign: int = 404


CASES = (
    Case("POST", "/api/projects", {}, foreign=201),
    Case("GET", "/api/projects", foreign=200),
    Case("GET", "/api/projects/{project_id}"),
    Case("PATCH", "/api/projects/{project_id}", {"name": "mine"}),
    Case("DELETE", "/api/projects/{project_id}"),
    Case("POST", "/api/projects/{project_id}/messages", {"content": "x"}),
    Case("GET", "/api/projects/{project_id}/messages"),
    Case("GET", "/api/messages/{message_id}"),
    Case("GET", "/api/messages/{message_id}/transitions"),
    Case("GET", "/api/messages/{message_id}/attempts"),
    Case("GET", "/api/messages/{message_id}/stream"),
    Case("POST", "/api/messages/{message_id}/cancel"),
    Case("PATCH", "/api/messages/update", {"messageId": "{message_id}", "content": "x"}, 403),
    Case("GET", "/api/fragments/{fragment_id}"),
    Case("GET", "/api/usage", foreign=200),
    Case("GET", "/api/metrics/summary", foreign=200),
)

NAMES = [f"{case.method} {case.path}" for case in CASES]


@pytest.fixture
def values(store: FakeStore, message: MessageView) -> Iterator[dict[str, str]]:
    fragment_id = store.add_fragment("user-alice", message, {"index.html": b"secret"})
    before = store.messages[message.id], store.projects[message.project_id]
    yield {
        "project_id": message.project_id,
        "message_id": message.id,
        "fragment_id": fragment_id,
    }
    assert (store.messages[message.id], store.projects[message.project_id]) == before


async def send(
    running: Running, case: Case, values: dict[str, str], headers: dict[str, str]
) -> httpx.Response:
    body = {name: text.format(**values) for name, text in (case.body or {}).items()}
    return await running.http.request(
        case.method,
        case.path.format(**values),
        headers=headers,
        json=body if case.body is not None else None,
    )


def test_the_table_has_every_route(running: Running) -> None:
    """A new route cannot be forgotten here."""
    paths = running.gateway.api.openapi()["paths"]
    routes = {
        f"{method.upper()} {path}"
        for path, item in paths.items()
        for method in item
        if path.startswith("/api/")
    }
    assert routes == set(NAMES)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
async def test_another_user_sees_and_changes_nothing(
    running: Running, case: Case, values: dict[str, str], bob: ApiKey
) -> None:
    """Another's row is not found; the answer holds none of its ids or contents."""
    response = await send(running, case, values, auth(bob))
    assert response.status_code == case.foreign
    assert not any(value in response.text for value in values.values())


@pytest.mark.parametrize("case", CASES, ids=NAMES)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        STRANGER,
        {"authorization": "Bearer x"},
        {"authorization": "Basic YTpi"},
        {"authorization": "Bearer"},
    ],
    ids=["none", "unknown key", "no key", "another scheme", "empty"],
)
async def test_nobody_gets_in(
    running: Running, case: Case, values: dict[str, str], headers: dict[str, str]
) -> None:
    """401 before anything else is looked at."""
    response = await send(running, case, values, headers)
    assert response.status_code == 401
    if not case.path.endswith("/update"):
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.json()["code"] == "unauthorized"


async def test_the_key_comes_before_the_body(running: Running) -> None:
    """A stranger learns nothing about what a body should look like."""
    response = await running.http.post("/api/projects", content=b"{", headers=STRANGER)
    assert response.status_code == 401


async def test_a_good_key_is_asked_about_once(
    running: Running, store: FakeStore, alice: ApiKey
) -> None:
    """For ten seconds; a bad one is asked about each time, so that a new key works at once."""
    await running.http.get("/api/usage", headers=auth(alice))
    asked = store.asked["authenticate"]
    await running.http.get("/api/usage", headers=auth(alice))
    assert store.asked["authenticate"] == asked
    await running.http.get("/api/usage", headers=STRANGER)
    await running.http.get("/api/usage", headers=STRANGER)
    assert store.asked["authenticate"] == asked + 2
