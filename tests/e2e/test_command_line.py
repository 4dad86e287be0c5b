"""The command line as a stranger uses it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from millstream_embedded.environment import PROVIDER_SWITCHES
from millstream_embedded.stack import Stack
from tests.support.stack import FAST

MILLSTREAM = Path(sys.executable).with_name("millstream")


def millstream(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if name not in PROVIDER_SWITCHES
    }
    return subprocess.run(
        [MILLSTREAM, *words],
        env={**environment, **FAST},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


def test_demo_shows_the_whole_journey(tmp_path: Path) -> None:
    """What `make demo` runs: streamed files, two green checks, the stored status, the preview."""
    shown = millstream("demo", "Build a kanban board", "--data", str(tmp_path / "data"))
    assert shown.returncode == 0, shown.stdout + shown.stderr
    for words in (
        "✎ src/App.tsx",
        "lint passed",
        "build passed",
        "COMPLETE (RESULT), from the database",
        "Preview",
        "Answers  200",
    ):
        assert words in shown.stdout
    assert not (tmp_path / "data" / "dev.env").exists()


def test_generate_finds_the_running_stack_and_prints_json(stack: Stack) -> None:
    """With --json every line is an event, ready for a pipe."""
    shown = millstream("generate", "A pomodoro timer", "--json", "--data", str(stack.data))
    assert shown.returncode == 0, shown.stdout[-4000:] + shown.stderr
    events = [json.loads(line) for line in shown.stdout.splitlines()]
    assert events[0]["event"] == "status"
    assert events[-1]["data"] == {"type": "done", "status": "COMPLETE", "messageType": "RESULT"}


def test_a_new_key_works_at_once(stack: Stack) -> None:
    """Created against the running stack, shown once, and good for the API."""
    created = millstream("keys", "create", "--user", "ann", "--data", str(stack.data))
    assert created.returncode == 0, created.stderr
    key = created.stdout.strip()
    shown = millstream("generate", "A pomodoro timer", "--url", stack.url, "--key", key)
    assert shown.returncode == 0, shown.stdout + shown.stderr


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("generate", "x"), "make up"),
        (("keys", "create"), "make up"),
        (("generate", "x", "--url", "http://127.0.0.1:9", "--key", "k"), "is it running"),
    ],
)
def test_what_a_person_can_mend_is_said_in_a_line(
    tmp_path: Path, words: tuple[str, ...], remedy: str
) -> None:
    """No traceback; the error names the fix."""
    shown = millstream(*words, "--data", str(tmp_path))
    assert shown.returncode == 1
    assert remedy in shown.stderr
    assert "Traceback" not in shown.stderr


def test_config_never_shows_a_secret() -> None:
    """Secrets are named, not printed."""
    shown = subprocess.run(
        [MILLSTREAM, "config"],
        env={**os.environ, "OPENAI_API_KEY": "sk-very-secret", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "OPENAI_API_KEY" in shown.stdout
    assert "sk-very-secret" not in shown.stdout


def test_doctor_finds_this_machine_fit(tmp_path: Path) -> None:
    """Sandbox, broker, database and Node really run here."""
    shown = millstream("doctor", "--data", str(tmp_path))
    for part in ("node", "sandbox", "broker", "database"):
        assert f"✔ {part}" in shown.stdout, shown.stdout
