"""What happens during a run: polling, cancelling, and an agent that is killed."""

import asyncio
import os
import signal

import httpx

from millstream_embedded.stack import Stack
from tests.support.asking import ask
from tests.support.watching import watch

PROMPT = "Build a kanban board with drag and drop"


async def test_a_poller_sees_the_content_grow(slow_api: httpx.AsyncClient) -> None:
    """Who cannot stream gets the text so far, at least every second."""
    asked = await ask(slow_api, PROMPT)
    lengths: list[int] = []
    status = ""
    while status != "COMPLETE":
        message = (await slow_api.get(f"/api/messages/{asked.message_id}")).json()
        status = message["status"]
        if status == "STREAMING":
            lengths.append(len(message["content"]))
        await asyncio.sleep(0.25)
    grown = sorted(set(lengths))
    assert len(grown) >= 3, lengths
    assert message["type"] == "RESULT"


async def test_cancelling_ends_the_run_and_keeps_what_was_written(
    slow_api: httpx.AsyncClient,
) -> None:
    """The stream ends with done, the credit comes back, the files so far are there."""
    before = (await slow_api.get("/api/usage")).json()["used"]
    asked = await ask(slow_api, PROMPT)
    await _watch_until(slow_api, asked.stream, "file.finished")
    answer = await slow_api.post(f"/api/messages/{asked.message_id}/cancel")
    assert answer.status_code == 202

    events = await watch(slow_api, asked.stream)
    assert [event.name for event in events][-4:] == ["fragment", "error", "status", "done"]
    stored = (await slow_api.get(f"/api/messages/{asked.message_id}")).json()
    assert (stored["type"], stored["reason"]) == ("ERROR", "cancelled")
    assert any(path.startswith("src/") for path in stored["fragment"]["files"])
    assert (await slow_api.get("/api/usage")).json()["used"] == before
    again = await slow_api.post(f"/api/messages/{asked.message_id}/cancel")
    assert again.status_code == 409


async def test_a_killed_agent_is_replaced_and_the_run_completes(
    slow_stack: Stack, slow_api: httpx.AsyncClient
) -> None:
    """The next attempt takes back what the dead one said; viewers lose no event and see one end."""
    asked = await ask(slow_api, PROMPT)
    await _watch_until(slow_api, asked.stream, "file.delta")
    os.kill(slow_stack.pids["agent"], signal.SIGKILL)

    events = await watch(slow_api, asked.stream)
    names = [event.name for event in events]
    assert names.count("rewound") == 1
    assert names.count("done") == 1
    assert names[-1] == "done"
    stored = (await slow_api.get(f"/api/messages/{asked.message_id}")).json()
    assert (stored["type"], stored["attempt"]) == ("RESULT", 2)
    ids = [int(event.id) for event in events]
    assert ids == sorted(set(ids))


async def _watch_until(api: httpx.AsyncClient, stream: str, name: str) -> None:
    """Watches one event at a time until one of that name has come."""
    after = ""
    while True:
        (event,) = await watch(api, stream, after=after, most=1)
        after = event.id
        if event.name == name:
            return
