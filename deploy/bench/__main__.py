"""Runs benchmarks, all or those that are named, prints tables, and writes latest.json.

`python -m deploy.bench profiles` runs one. At the simulator's `sim-typical` a run takes a minute
and a half, nearly all of it model time.
"""

import argparse
import asyncio
import json
import os
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy.bench import system
from deploy.bench.bench_stack import bench_stack
from deploy.bench.faults import faults
from deploy.bench.overhead import overhead
from deploy.bench.profiles import compare_profiles
from deploy.bench.prompts import count_prompts
from millstream_embedded.stack import Stack

LATEST = Path(__file__).with_name("latest.json")

Figures = Any
"""What a benchmark has measured, as JSON. It has printed it already."""

# In the order in which they run; those of the first table share one stack.
ON_STACK: Mapping[str, Callable[[Stack, Console], Awaitable[Figures]]] = {
    "memory": system.memory,
    "latencies": system.latencies,
    "journey": system.journey,
}
ALONE: Mapping[str, Callable[[Console], Awaitable[Figures]]] = {
    "prompts": count_prompts,
    "profiles": compare_profiles,
    "overhead": overhead,
    "faults": faults,
}


async def main(names: Sequence[str]) -> None:
    console = Console()
    figures = await _on_stack([name for name in ON_STACK if name in names], console)
    for name in ALONE:
        if name in names:
            figures[name] = await ALONE[name](console)
    known = json.loads(LATEST.read_text()) if LATEST.exists() else {}
    LATEST.write_text(json.dumps(known | figures, indent=2) + "\n")
    console.print(f"[dim]written to {LATEST.relative_to(Path.cwd())}[/]")


async def _on_stack(names: Sequence[str], console: Console) -> dict[str, Figures]:
    if not names:
        return {}
    model = os.environ.get("MILLSTREAM_AGENT_MODEL", "sim-typical")
    with tempfile.TemporaryDirectory(prefix="millstream-bench-") as folder:
        async with bench_stack(Path(folder), console, MILLSTREAM_AGENT_MODEL=model) as stack:
            return {name: await ON_STACK[name](stack, console) for name in names}


def _names() -> Sequence[str]:
    every = [*ON_STACK, *ALONE]
    parser = argparse.ArgumentParser(prog="python -m deploy.bench", description="Benchmarks.")
    parser.add_argument("name", nargs="*", help=f"which to run, of {', '.join(every)} (all)")
    named: list[str] = parser.parse_args().name
    if unknown := set(named) - set(every):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    return named or every


if __name__ == "__main__":
    asyncio.run(main(_names()))
