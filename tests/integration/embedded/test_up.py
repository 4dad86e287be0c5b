"""One command starts everything, says so, and stops everything."""

import json
import re
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import nats
import pytest

Start = Callable[..., Any]
ORDER = ("broker", "database", "simulator", "store", "validator", "agent", "gateway")
PROVIDER_KEY = "sk-a-real-key"


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def environment_of(up: Any, service: str) -> dict[str, str]:
    port = json.loads((up.data / "run" / "state.json").read_text())[service]
    answer: dict[str, str] = httpx.get(f"http://127.0.0.1:{port}/environment").json()
    return answer


def test_ready_means_a_working_url_and_private_files(start: Start) -> None:
    """When dev.env appears, its URL answers, and only the owner can read the keys."""
    up = start().wait_until_ready()
    facts = up.facts()
    assert httpx.get(f"{facts['MILLSTREAM_URL']}/readyz").status_code == 200
    assert re.fullmatch(r"ms_dev_[\w-]{43}", facts["MILLSTREAM_API_KEY"])
    assert mode(up.data) == 0o700
    secret = ("dev.env", "secrets.json", "run/operator.env", "run/nats.conf")
    launches = (up.data / "run" / "launches").iterdir()
    assert {mode(path) for path in (*(up.data / name for name in secret), *launches)} == {0o600}
    up.wait_to_say(facts["MILLSTREAM_API_KEY"])
    assert "simulator" in up.screen


def test_sigterm_drains_in_reverse_order_and_leaves_nothing(start: Start) -> None:
    """Exit status 0, every service drained, the database shut down cleanly, no process, no key."""
    up = start().wait_until_ready()
    assert len(up.children) > 8
    assert up.stop(signal.SIGTERM) == 0
    assert up.survivors(0.5) == []
    assert "gateway drained" in (up.data / "logs" / "gateway.log").read_text()
    database = (up.data / "logs" / "database.log").read_text()
    assert database.rstrip().endswith("database system is shut down")
    stopped = re.findall(r"stopped: (\w+)", (up.data / "logs" / "supervisord.log").read_text())
    assert stopped == [*reversed(ORDER)]
    assert not (up.data / "dev.env").exists()
    assert list((up.data / "run").iterdir()) == [up.data / "run" / "state.json"]


def test_a_second_signal_hurries(start: Start) -> None:
    """Who does not want to wait for a drain says so twice."""
    up = start(MILLSTREAM_STORE_STAND_IN="deaf").wait_until_ready()
    up.process.send_signal(signal.SIGINT)
    up.wait_to_say("once more to hurry")
    with pytest.raises(subprocess.TimeoutExpired):
        up.ends(1.5)
    up.process.send_signal(signal.SIGINT)
    assert up.ends(8) == 0
    assert up.survivors(0.5) == []


def test_a_second_start_on_the_same_folder_is_refused(start: Start) -> None:
    """The refusal names the folder and the process, and leaves the first one alone."""
    first = start().wait_until_ready()
    environment = {"PATH": "/usr/bin:/bin"}
    second = type(first)(first.data, 0, environment)
    assert second.ends() == 1
    said = second.screen
    assert str(first.data) in said
    assert f"(process {first.process.pid})" in said
    assert httpx.get(f"{first.facts()['MILLSTREAM_URL']}/readyz").status_code == 200


def test_a_taken_port_is_said_before_anything_starts(start: Start) -> None:
    """The message names the port and the flag; no broker, no database was touched."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        up = start(port=port)
        assert up.ends() == 1
    assert f"Port {port} is in use; choose another with --port." in up.screen
    assert list((up.data / "logs").iterdir()) == []


async def test_data_survives_a_restart(start: Start) -> None:
    """A row and a message written before the stop are there after the next start."""
    up = start().wait_until_ready()
    url = environment_of(up, "store")["MILLSTREAM_STORE_DATABASE_URL"]
    nats_url = (up.data / "run" / "operator.env").read_text().strip().split("=", 1)[1]
    database = await asyncpg.connect(url)
    await database.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    await database.close()
    broker = await nats.connect(nats_url)
    await broker.jetstream().add_stream(name="KEPT", subjects=["kept"])
    await broker.jetstream().publish("kept", b"42")
    await broker.close()
    key = up.facts()["MILLSTREAM_API_KEY"]
    assert up.stop() == 0

    up = start().wait_until_ready()
    assert up.facts()["MILLSTREAM_API_KEY"] == key
    database = await asyncpg.connect(environment_of(up, "store")["MILLSTREAM_STORE_DATABASE_URL"])
    assert await database.fetchval("SELECT answer FROM kept") == 42
    await database.close()
    broker = await nats.connect((up.data / "run" / "operator.env").read_text().strip()[20:])
    assert (await broker.jetstream().get_msg("KEPT", 1)).data == b"42"
    await broker.close()


def test_only_the_agent_sees_the_providers_key(start: Start) -> None:
    """With a provider there is no simulator, and its key is in one process's environment."""
    up = start(OPENAI_API_KEY=PROVIDER_KEY, MILLSTREAM_VALIDATOR_X="1").wait_until_ready()
    assert environment_of(up, "agent")["OPENAI_API_KEY"] == PROVIDER_KEY
    validator = environment_of(up, "validator")
    assert validator["MILLSTREAM_VALIDATOR_X"] == "1"
    assert not any(name.startswith("SUPERVISOR_") for name in validator)
    for service in ("store", "validator", "agent"):
        values = environment_of(up, service).values()
        assert (PROVIDER_KEY in values) == (service == "agent")
        assert any(value.startswith("postgresql:") for value in values) == (service == "store")
    with pytest.raises(ValueError, match="not enough values"):
        up.child("stand_in.py simulator")
