"""What a gateway adds to a model call: ours, and LiteLLM's Python proxy, over a bare openai SDK.

The provider answers by the clock, in a process of its own, so what is measured is what is added.
Ours is a library: the client is the gateway, in one process, with a real broker beside it. LiteLLM
is a server: the same bare SDK asks through it.
"""

import asyncio
import multiprocessing
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from deploy.bench.children import broker, child, free_port
from deploy.bench.litellm_proxy import VERSION, NotInstalled, install, litellm_proxy
from deploy.bench.overhead_figures import figures_of
from deploy.bench.overhead_provider import model_name
from deploy.bench.overhead_rounds import Level, Plan, measure
from deploy.bench.overhead_sides import LITELLM, OURS, Servers
from deploy.bench.overhead_tables import print_level

LEVELS: Final = (Level(1, 300, 50), Level(4, 300, 5), Level(16, 320, 4), Level(64, 320, 2))


async def overhead(console: Console) -> dict[str, Any]:
    """Measures all levels, prints the figures, and returns them."""
    try:
        program = await install(console)
    except NotInstalled as error:
        console.print(f"[yellow]LiteLLM skipped[/]: it cannot be installed: {error}")
        program = None
    figures = []
    with tempfile.TemporaryDirectory(prefix="millstream-bench-") as folder:
        async with AsyncExitStack() as stack:
            servers, processes = await _start(stack, program, Path(folder))
            for level in LEVELS:
                measured = await _in_own_process(Plan(servers, level, processes))
                figures.append(figures_of(level.concurrency, measured))
                print_level(console, level, figures[-1])
    return {
        "litellm": VERSION if program else "skipped",
        "levels": [asdict(each) for each in figures],
    }


async def _start(
    stack: AsyncExitStack, program: Path | None, folder: Path
) -> tuple[Servers, dict[str, dict[str, int]]]:
    """Where everybody is, and the processes beside the client, by side."""
    port = free_port()
    command = (sys.executable, "-m", "deploy.bench.overhead_provider", str(port))
    provider = await stack.enter_async_context(child("provider", command, port, folder))
    nats = await stack.enter_async_context(broker(folder))
    url, processes = f"{provider.url}/v1", {OURS: {"broker": nats.pid}}
    if program is None:
        return Servers(url, nats.url, None), processes
    models = [model_name(level.pause) for level in LEVELS]
    proxy = await stack.enter_async_context(litellm_proxy(program, url, models, folder))
    processes[LITELLM] = {"proxy": proxy.pid}
    return Servers(url, nats.url, f"{proxy.url}/v1"), processes


async def _in_own_process(plan: Plan) -> Any:
    """A fresh client for each level, with nothing else to do."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, measure, plan)
