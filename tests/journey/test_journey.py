"""The whole journey of one prompt, told once: through every service, with real parts everywhere.

gateway -> NATS -> agent -> (validator) -> store -> back to the browser. The model is the
simulator; broker, database, Node and sandbox are the real ones.
"""

import httpx

from tests.support.watching import watch

PROMPT = "Build a kanban board with drag and drop"


async def test_a_prompt_becomes_a_checked_and_stored_app(api: httpx.AsyncClient) -> None:
    """From the first word to the app in the browser."""
    # A person creates a project; it has no framework yet.
    project = (await api.post("/api/projects", json={"name": "My board"})).json()
    assert "framework" not in project or project["framework"] is None

    # They send a prompt. The answer comes at once, before any work is done.
    asked = await api.post(f"/api/projects/{project['id']}/messages", json={"content": PROMPT})
    assert asked.status_code == 202
    message = asked.json()["message"]
    assert (message["role"], message["status"]) == ("ASSISTANT", "PENDING")

    # They watch. Everything streams: the choice, the prose, every file while it is written.
    events = await watch(api, asked.json()["streamUrl"])
    names = [event.name for event in events]
    assert names[0] == "status"
    assert events[0].data["status"] == "STREAMING"
    assert next(event for event in events if event.name == "framework").data == {
        "type": "framework",
        "framework": "REACT",
        "source": "model",
    }
    pieces = {e.data["path"]: 0 for e in events if e.name == "file.started"}
    for path in pieces:
        deltas = [e for e in events if e.name == "file.delta" and e.data["path"] == path]
        finished = [e for e in events if e.name == "file.finished" and e.data["path"] == path]
        assert deltas, f"{path} did not stream"
        pieces[path] = len(deltas)
        assert finished[-1].data["applied"]

    assert max(pieces.values()) > 3, "files must arrive while the model still writes them"

    # Lint and build ran at the same time, in the sandbox, and both are green.
    checks = {
        e.data["check"]["kind"]: e.data["check"] for e in events if e.name == "check.finished"
    }
    assert {kind: check["outcome"] for kind, check in checks.items()} == {
        "lint": "passed",
        "build": "passed",
    }

    # The end is told once, last, and only after the store has it.
    assert names[-4:] == ["fragment", "preview", "status", "done"]
    assert names.count("done") == 1

    # What the database has is what was streamed.
    stored = (await api.get(f"/api/messages/{message['id']}")).json()
    assert (stored["status"], stored["type"]) == ("COMPLETE", "RESULT")
    assert stored["fragment"]["framework"] == "REACT"
    written = {
        path: "".join(
            e.data["text"] for e in events if e.name == "file.delta" and e.data["path"] == path
        )
        for path in {e.data["path"] for e in events if e.name == "file.started"}
    }
    assert {path: stored["fragment"]["files"][path] for path in written} == written
    said = "".join(
        e.data["text"] for e in events if e.name == "text.delta" and e.data["part"] == "response"
    )
    assert stored["content"] == said.strip()

    # Its way through the statuses is on record.
    transitions = (await api.get(f"/api/messages/{message['id']}/transitions")).json()["items"]
    assert [step["status"] for step in transitions] == ["PENDING", "STREAMING", "COMPLETE"]

    # The project has learnt its framework, and the app opens in a browser, without any key.
    project = (await api.get(f"/api/projects/{project['id']}")).json()
    assert project["framework"] == "REACT"
    async with httpx.AsyncClient() as anyone:
        page = await anyone.get(stored["fragment"]["previewUrl"])
    assert page.status_code == 200
    assert '<div id="root">' in page.text

    # Whoever comes late, or comes back, sees byte for byte the same.
    middle = len(events) // 2
    again = await watch(api, asked.json()["streamUrl"], after=events[middle].id)
    assert [(e.id, e.raw) for e in again] == [(e.id, e.raw) for e in events[middle + 1 :]]
