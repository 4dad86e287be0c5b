"""Whole runs on the whole system, at the simulator's full speed."""

import httpx

from tests.support.asking import ask
from tests.support.watching import Seen, watch


def named(events: list[Seen], name: str) -> list[dict[str, object]]:
    return [event.data for event in events if event.name == name]


async def test_a_broken_first_version_is_repaired_and_checked_again(api: httpx.AsyncClient) -> None:
    """A type error and a lint error, with file and line; then a fix round; then green."""
    asked = await ask(api, "Build a habit tracker")
    events = await watch(api, asked.stream)

    checks = [event.data["check"] for event in events if event.name == "check.finished"]
    assert [check["outcome"] for check in checks[:2]] == ["failed", "failed"]
    for check in checks[:2]:
        finding = check["findings"][0]
        assert finding["path"].startswith("src/")
        assert finding["line"] > 0
        assert finding["rule"]
    assert [fix["round"] for fix in named(events, "fix.started")] == [1]
    assert [check["outcome"] for check in checks[2:]] == ["passed", "passed"]

    stored = (await api.get(f"/api/messages/{asked.message_id}")).json()
    assert stored["type"] == "RESULT"
    assert {check["outcome"] for check in stored["checks"]} == {"passed"}


async def test_the_terminal_runs_in_the_sandbox_and_an_edit_applies(api: httpx.AsyncClient) -> None:
    """The command's output comes back, and a file written before is changed in place."""
    asked = await ask(api, "A pomodoro timer")
    events = await watch(api, asked.stream)
    terminal = [tool for tool in named(events, "tool.finished") if tool["tool"] == "terminal"]
    assert terminal
    assert all("[exit code 0]" in str(tool["output"]) for tool in terminal)
    assert any(tool["tool"] == "editFile" and tool["ok"] for tool in named(events, "tool.finished"))
    assert named(events, "done") == [
        {"type": "done", "status": "COMPLETE", "messageType": "RESULT"}
    ]


async def test_an_unknown_prompt_gets_a_sensible_app(api: httpx.AsyncClient) -> None:
    """Nobody gets an error for an idea the library of scenarios does not know."""
    asked = await ask(api, 'An almanac of "my" grandmother\'s `spells` </script>')
    await watch(api, asked.stream)
    stored = (await api.get(f"/api/messages/{asked.message_id}")).json()
    assert stored["type"] == "RESULT"
    assert stored["fragment"]["previewUrl"]


async def test_a_second_prompt_goes_on_from_the_first_ones_files(api: httpx.AsyncClient) -> None:
    """The project keeps its framework and its files; the new version is a new fragment."""
    first = await ask(api, "Build a kanban board")
    await watch(api, first.stream)
    second = await ask(api, "Now a habit tracker instead", first.project_id)
    events = await watch(api, second.stream)
    assert named(events, "framework")[0]["source"] == "project"
    one, two = [
        (await api.get(f"/api/messages/{asked.message_id}")).json()["fragment"]
        for asked in (first, second)
    ]
    assert one["id"] != two["id"]
    assert one["files"].keys() <= two["files"].keys()


async def test_a_framework_without_a_workshop_is_said_and_refunded(api: httpx.AsyncClient) -> None:
    """Explicit words are not overruled in silence; the run ends with what to do instead."""
    before = (await api.get("/api/usage")).json()["used"]
    asked = await ask(api, "Build a todo list in Angular")
    events = await watch(api, asked.stream)
    assert [error["code"] for error in named(events, "error")] == ["framework_unavailable"]
    stored = (await api.get(f"/api/messages/{asked.message_id}")).json()
    assert (stored["status"], stored["type"]) == ("COMPLETE", "ERROR")
    assert "REACT" in stored["content"]
    assert (await api.get("/api/usage")).json()["used"] == before
