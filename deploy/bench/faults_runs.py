"""Whole runs on the real stack whose first provider fails every time it is asked."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from rich.console import Console

from deploy.bench.bench_stack import bench_stack
from deploy.bench.faults_calls import HEALTHY
from deploy.bench.faults_cases import FOR_THE_LOOP
from millstream_embedded.client import Gateway
from millstream_embedded.stack import Stack
from millstream_simulator.catalogue import Fault

NASTY: Final = (Fault.CUT_TOOL, Fault.STALL_AFTER, Fault.SERVER_ERROR, *sorted(FOR_THE_LOOP))
PROMPT: Final = "Build a kanban board with drag and drop"
PATIENCE: Final = {
    "MILLSTREAM_AGENT_FIRST_TOKEN_SECONDS": "3",
    "MILLSTREAM_AGENT_IDLE_SECONDS": "3",
}


@dataclass(frozen=True)
class FaultyRun:
    """How a message ended; `attempts` by outcome, as the ledger has them."""

    fault: str
    status: str
    type: str
    seconds: float
    attempts: dict[str, int]
    wasted_tokens: int
    tokens: int

    @property
    def good(self) -> bool:
        return (self.status, self.type) == ("COMPLETE", "RESULT")


async def faulty_runs(url: str, folder: Path) -> list[FaultyRun]:
    """A run for each nasty fault; `url` is the simulator's, up to /v1."""
    runs, console = [], Console(quiet=True)
    for fault in NASTY:
        environment = {**PATIENCE, "MILLSTREAM_PROVIDERS": providers(url, f"{HEALTHY}:{fault}")}
        async with bench_stack(folder, console, **environment) as stack:
            runs.append(await _run(stack, fault))
    return runs


def providers(url: str, faulty_model: str) -> str:
    """Three, asked in order, as JSON."""
    models = {"faulty": faulty_model, "healthy": HEALTHY, "spare": HEALTHY}
    entries = {name: {"base_url": url, "models": {model: {}}} for name, model in models.items()}
    route = [f"{name}/{model}" for name, model in models.items()]
    return json.dumps({"providers": entries, "routes": {"default": route}})


async def _run(stack: Stack, fault: Fault) -> FaultyRun:
    async with Gateway.connect(stack.url, stack.api_key) as gateway:
        project = await gateway.create_project("react")
        begin = time.monotonic()
        accepted = await gateway.send(project["id"], PROMPT)
        async for _ in gateway.events(accepted["streamUrl"]):
            pass
        seconds = time.monotonic() - begin
        message = await gateway.message(accepted["message"]["id"])
    lines = await _attempts(stack, message["id"])
    failed = [line for line in lines if line["outcome"] in {"failed", "cancelled"}]
    return FaultyRun(
        fault=fault.value,
        status=message["status"],
        type=message["type"],
        seconds=round(seconds, 1),
        attempts=dict(Counter(line["outcome"] for line in lines)),
        wasted_tokens=_tokens(failed),
        tokens=_tokens(lines),
    )


async def _attempts(stack: Stack, message_id: str) -> Sequence[dict[str, Any]]:
    headers = {"authorization": f"Bearer {stack.api_key}"}
    async with httpx.AsyncClient(base_url=stack.url, headers=headers) as http:
        answer = await http.get(f"/api/messages/{message_id}/attempts")
        answer.raise_for_status()
        items: Sequence[dict[str, Any]] = answer.json()["items"]
        return items


def _tokens(lines: Sequence[dict[str, Any]]) -> int:
    return sum(line["inputTokens"] + line["outputTokens"] for line in lines)
