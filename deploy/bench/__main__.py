"""Runs every benchmark on one embedded stack, prints tables, and writes latest.json.

At the simulator's `sim-typical` a run takes a minute and a half, nearly all of it model time.
"""

import asyncio
import json
import os
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from deploy.bench.cancel import time_cancel_to_provider, time_cancel_to_sandbox
from deploy.bench.journey import time_split
from deploy.bench.latency import Latency
from deploy.bench.memory import measure_memory
from deploy.bench.resume import time_resume
from deploy.bench.tables import print_latencies, print_memory, print_split
from millstream_embedded.environment import PROVIDER_SWITCHES
from millstream_embedded.options import Options
from millstream_embedded.stack import Stack, running_stack
from millstream_simulator.settings import SimulatorSettings

LATEST = Path(__file__).with_name("latest.json")
RUNS = 2
AT_ONCE = 4
RESUMES = 50
CANCELS = 20
SANDBOXES = 5
SCENARIOS = Path(__file__).with_name("scenarios")


async def main() -> None:
    console = Console()
    for name in PROVIDER_SWITCHES:  # the simulator's timing is what makes runs comparable
        os.environ.pop(name, None)
    os.environ.setdefault("MILLSTREAM_AGENT_MODEL", "sim-typical")
    with tempfile.TemporaryDirectory(prefix="millstream-bench-") as folder:
        os.environ["MILLSTREAM_SIMULATOR_SCENARIOS"] = _scenarios(Path(folder) / "scenarios")
        options = Options(data=Path(folder) / "data", port=0)
        async with running_stack(options, console) as stack:
            memory = await measure_memory(stack, AT_ONCE)
            latencies = await _time_latencies(stack)
            split = await time_split(stack, RUNS)
    print_split(console, split)
    print_latencies(console, latencies)
    print_memory(console, memory)
    figures = {
        "journey": split,
        "latencies": {name: asdict(measured) for name, measured in latencies.items()},
        "memory": memory,
    }
    LATEST.write_text(json.dumps(figures, indent=2) + "\n")
    console.print(f"[dim]written to {LATEST.relative_to(Path.cwd())}[/]")


async def _time_latencies(stack: Stack) -> dict[str, Latency]:
    warm, cold = await time_resume(stack, RESUMES)
    return {
        "resume, to the last of 1,000 events": warm,
        "the same at a gateway that has just started": cold,
        "cancel, to the provider's socket closed": await time_cancel_to_provider(stack, CANCELS),
        "cancel, to the sandbox's processes gone": await time_cancel_to_sandbox(stack, SANDBOXES),
    }


def _scenarios(folder: Path) -> str:
    """The simulator's own answers, and those that only benchmarks need."""
    shutil.copytree(SimulatorSettings.model_fields["scenarios"].default, folder)
    shutil.copytree(SCENARIOS, folder, dirs_exist_ok=True)
    return str(folder)


if __name__ == "__main__":
    asyncio.run(main())
