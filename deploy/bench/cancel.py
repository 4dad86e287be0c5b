"""How soon a cancel is felt: at the provider, whose socket is closed, and in the sandbox.

Each sample is a run of its own on the whole system, cancelled while its model writes, or while its
command sleeps. The simulator tells when it lost its client; the kernel, which processes are left.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import httpx
import psutil

from deploy.bench.latency import Latency, latency
from millstream_embedded.client import Event, Gateway
from millstream_embedded.options import Folder
from millstream_embedded.ports import LOOPBACK
from millstream_embedded.stack import Stack

PROMPT: Final = "Build a kanban board with drag and drop"
SLEEPING_PROMPT: Final = "Run a sleeping command"
TO_PROVIDER_MS: Final = 250.0
TO_SANDBOX_MS: Final = 1000.0
POLL_SECONDS: Final = 0.005
PATIENCE_SECONDS: Final = 30.0

Cancel = Callable[[], Awaitable[None]]
Sample = Callable[[Cancel], Awaitable[float]]
"""Waits for its moment, cancels, and returns the seconds until the cancel was felt."""


async def time_cancel_to_provider(stack: Stack, samples: int) -> Latency:
    async with httpx.AsyncClient(base_url=_simulator_url(stack)) as simulator:

        async def sample(cancel: Cancel) -> float:
            before = await _counters(simulator)
            clicked = time.time()
            await cancel()
            while (after := await _counters(simulator)) == before:  # noqa: ASYNC110  another process
                await asyncio.sleep(POLL_SECONDS)
            return float(after["last_disconnect_at"]) - clicked

        return await _time(stack, samples, PROMPT, _writes, sample, TO_PROVIDER_MS)


async def time_cancel_to_sandbox(stack: Stack, samples: int) -> Latency:
    async def sample(cancel: Cancel) -> float:
        tree = await _sleeping_tree(stack.pids["validator"])
        clicked = time.monotonic()
        await cancel()
        while any(_lives(process) for process in tree):  # noqa: ASYNC110  the kernel decides
            await asyncio.sleep(POLL_SECONDS)
        return time.monotonic() - clicked

    return await _time(stack, samples, SLEEPING_PROMPT, _runs_command, sample, TO_SANDBOX_MS)


async def _time(
    stack: Stack,
    samples: int,
    prompt: str,
    is_moment: Callable[[Event], bool],
    sample: Sample,
    target: float,
) -> Latency:
    async with Gateway.connect(stack.url, stack.api_key) as gateway:
        seconds = [await _one(gateway, prompt, is_moment, sample) for _ in range(samples)]
    return latency(seconds, target)


async def _one(
    gateway: Gateway, prompt: str, is_moment: Callable[[Event], bool], sample: Sample
) -> float:
    project = await gateway.create_project("react")
    accepted = await gateway.send(project["id"], prompt)
    taken: float | None = None
    async for event in gateway.events(accepted["streamUrl"]):
        if taken is None and is_moment(event):
            async with asyncio.timeout(PATIENCE_SECONDS):
                taken = await sample(lambda: gateway.cancel(accepted["message"]["id"]))
    if taken is None:
        raise RuntimeError(f"the run of {prompt!r} ended before its cancel")
    return taken


def _writes(event: Event) -> bool:
    return event.name == "text.delta"


def _runs_command(event: Event) -> bool:
    return event.name == "tool.started" and event.data["tool"] == "terminal"


async def _counters(simulator: httpx.AsyncClient) -> dict[str, Any]:
    counted: dict[str, Any] = (await simulator.get("/_sim/requests")).json()
    return {name: counted[name] for name in ("client_disconnects", "last_disconnect_at")}


async def _sleeping_tree(validator: int) -> list[psutil.Process]:
    """What the validator has started, once the command sleeps."""
    while True:
        tree = psutil.Process(validator).children(recursive=True)
        if "sleep" in _names(tree):
            return tree
        await asyncio.sleep(POLL_SECONDS)


def _names(tree: Iterable[psutil.Process]) -> set[str]:
    return {process.name() for process in tree if _lives(process)}


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _simulator_url(stack: Stack) -> str:
    ports = json.loads((Folder(stack.data).run / "state.json").read_text(encoding="utf-8"))
    return f"http://{LOOPBACK}:{ports['simulator']}"
