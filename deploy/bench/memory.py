"""What each process holds in memory: idle, and while several apps are written at once.

Proportional set size (PSS), so that shared pages are counted once; children are included.
"""

import asyncio
from contextlib import suppress

import psutil

from deploy.bench.journey import PROMPT
from millstream_embedded.client import Gateway
from millstream_embedded.stack import Stack

SAMPLE_SECONDS = 0.25
SETTLE_SECONDS = 3.0

Memory = dict[str, dict[str, float]]
"""process -> {"idle": MB, "busy": MB}; busy is the highest sample."""


async def measure_memory(stack: Stack, at_once: int) -> Memory:
    await asyncio.sleep(SETTLE_SECONDS)
    idle = _sample(stack)
    busy = dict(idle)
    runs = asyncio.ensure_future(_run_several(stack, at_once))
    while not runs.done():
        for name, megabytes in _sample(stack).items():
            busy[name] = max(busy.get(name, 0.0), megabytes)
        await asyncio.wait({runs}, timeout=SAMPLE_SECONDS)
    await runs
    return {name: {"idle": idle.get(name, 0.0), "busy": busy[name]} for name in busy}


async def _run_several(stack: Stack, count: int) -> None:
    async with Gateway.connect(stack.url, stack.api_key) as gateway:
        await asyncio.gather(*(_run(gateway) for _ in range(count)))


async def _run(gateway: Gateway) -> None:
    project = await gateway.create_project(None)
    accepted = await gateway.send(project["id"], PROMPT)
    async for _ in gateway.events(accepted["streamUrl"]):
        pass


def _sample(stack: Stack) -> dict[str, float]:
    return {name: _pss(pid) for name, pid in stack.pids.items()}


def _pss(pid: int) -> float:
    """Megabytes of a process with all its children; 0 for one that is gone."""
    total = 0
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):
                total += each.memory_full_info().pss
    return round(total / 1e6, 1)
