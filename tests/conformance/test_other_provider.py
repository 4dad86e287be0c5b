"""The journey on a model server that was not written here: `@copilotkit/aimock`, from npm.

It speaks OpenAI's wire format in its own way (chunking, ids, no usage), and is installed when the
test runs. Its answers are the fixtures below.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from millstream_validator.adapters.node import NODE_BIN, NPM
from tests.support.asking import ask
from tests.support.ports import free_port
from tests.support.stack import stack_in
from tests.support.watching import watch

SERVER = "@copilotkit/aimock@1.43.0"
APP = """\
import { useState } from 'react'

export default function App() {
  const [count, setCount] = useState(0)
  return <button onClick={() => setCount(count + 1)}>Counted {count}</button>
}
"""
WRITE = {"files": [{"path": "src/App.tsx", "content": APP}]}
FIXTURES = [
    {"match": {"toolCallId": "call_1"}, "response": {"content": "<task_summary>x</task_summary>"}},
    {"match": {"model": "their-title"}, "response": {"content": "Tally Counter"}},
    {"match": {"model": "their-response"}, "response": {"content": "Here is your tally."}},
    {
        "match": {"model": "their-code"},
        "response": {
            "toolCalls": [
                {"id": "call_1", "name": "createOrUpdateFiles", "arguments": json.dumps(WRITE)}
            ]
        },
    },
]
MODELS = {role: f"their-{role}" for role in ("code", "title", "response")}


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[str]:
    """The base URL of a running server."""
    environment = {**os.environ, "PATH": f"{NODE_BIN}:{os.environ['PATH']}"}
    install = [*NPM, "install", "--no-audit", "--no-fund", "--ignore-scripts", SERVER]
    subprocess.run(install, cwd=tmp_path, env=environment, check=True, capture_output=True)
    (tmp_path / "fixtures.json").write_text(json.dumps({"fixtures": FIXTURES}))
    port = free_port()
    program = str(tmp_path / "node_modules/.bin/llmock")
    fixtures = str(tmp_path / "fixtures.json")
    command = [program, "--port", str(port), "--strict", "--fixtures", fixtures]
    server = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    try:
        _await(f"http://127.0.0.1:{port}/health")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(timeout=10)


async def test_the_same_journey_on_another_provider(provider: str, tmp_path: Path) -> None:
    """No simulator is started; files stream, both checks are green, usage is marked estimated."""
    async with stack_in(
        tmp_path / "data",
        OPENAI_BASE_URL=provider,
        OPENAI_API_KEY="theirs",
        MILLSTREAM_AGENT_ROLE_MODELS=json.dumps(MODELS),
    ) as stack:
        assert not stack.simulated
        headers = {"authorization": f"Bearer {stack.api_key}"}
        async with httpx.AsyncClient(base_url=stack.url, headers=headers, timeout=60) as api:
            asked = await ask(api, "Build a tally in React")
            events = await watch(api, asked.stream)
            stored = (await api.get(f"/api/messages/{asked.message_id}")).json()
    assert (stored["type"], stored["content"]) == ("RESULT", "Here is your tally.")
    assert stored["fragment"]["title"] == "Tally Counter"
    assert stored["fragment"]["files"]["src/App.tsx"] == APP
    assert "file.delta" in {event.name for event in events}
    assert {check["outcome"] for check in stored["checks"]} == {"passed"}


def _await(url: str) -> None:
    """Returns once something answers at `url`, with whatever status."""
    deadline = time.monotonic() + 30
    while True:
        try:
            httpx.get(url, timeout=2)
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.1)
        else:
            return
