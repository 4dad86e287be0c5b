"""Runs every benchmark on one embedded stack, prints tables, and writes latest.json.

At the simulator's `sim-typical` a run takes a minute and a half, nearly all of it model time.
"""

import asyncio
import json
import os
import tempfile
from pathlib import Path

from rich.console import Console

from deploy.bench.journey import time_split
from deploy.bench.memory import measure_memory
from deploy.bench.tables import print_memory, print_split
from millstream_embedded.environment import PROVIDER_SWITCHES
from millstream_embedded.options import Options
from millstream_embedded.stack import running_stack

LATEST = Path(__file__).with_name("latest.json")
RUNS = 2
AT_ONCE = 4


async def main() -> None:
    console = Console()
    for name in PROVIDER_SWITCHES:  # the simulator's timing is what makes runs comparable
        os.environ.pop(name, None)
    os.environ.setdefault("MILLSTREAM_AGENT_MODEL", "sim-typical")
    with tempfile.TemporaryDirectory(prefix="millstream-bench-") as data:
        async with running_stack(Options(data=Path(data), port=0), console) as stack:
            memory = await measure_memory(stack, AT_ONCE)
            split = await time_split(stack, RUNS)
    print_split(console, split)
    print_memory(console, memory)
    LATEST.write_text(json.dumps({"journey": split, "memory": memory}, indent=2) + "\n")
    console.print(f"[dim]written to {LATEST.relative_to(Path.cwd())}[/]")


if __name__ == "__main__":
    asyncio.run(main())
