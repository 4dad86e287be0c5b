"""Every fault a provider is known for: what the user sees of it, and what it costs.

First single calls through the gateway, then whole runs on the real stack for those that are worst,
or that only a run can show.
"""

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import structlog
from rich.console import Console

from deploy.bench.children import Child, child, free_port
from deploy.bench.faults_calls import HEALTHY, Heard, ask, faulty_first, question
from deploy.bench.faults_cases import Case, cases
from deploy.bench.faults_runs import faulty_runs
from deploy.bench.faults_tables import print_calls, print_headline, print_runs
from deploy.bench.faults_verdicts import Verdict, judge
from millstream_embedded.ports import LOOPBACK

SIMULATOR: Final[Mapping[str, str]] = {
    "MILLSTREAM_SIMULATOR_STALL_LIMIT": "10",  # longer than anybody's patience here
    "MILLSTREAM_SIMULATOR_KEEP_ALIVE_INTERVAL": "0.05",
    "MILLSTREAM_SIMULATOR_RETRY_AFTER": "5",
}


async def faults(console: Console) -> dict[str, Any]:
    """Goes through all faults, prints what came of them, and returns it."""
    port = free_port()
    environment = {**SIMULATOR, "MILLSTREAM_SIMULATOR_PORT": str(port)}
    command = (sys.executable, "-P", "-m", "millstream_simulator")
    with tempfile.TemporaryDirectory(prefix="millstream-bench-") as name:
        folder = Path(name)
        async with child("simulator", command, port, folder, environment) as simulator:
            with structlog.testing.capture_logs():  # the gateway's warnings are what is wanted here
                healthy = await _healthy(simulator)
                verdicts = [await _judged(case, simulator, healthy) for case in cases()]
            print_calls(console, verdicts)
            runs = await faulty_runs(f"{simulator.url}/v1", folder / "stack")
            print_runs(console, runs)
    passed = sum(each.passed for each in verdicts) + sum(run.good for run in runs)
    print_headline(console, passed, len(verdicts) + len(runs))
    return {
        "passed": passed,
        "of": len(verdicts) + len(runs),
        "calls": [asdict(each) for each in verdicts],
        "runs": [asdict(run) for run in runs],
    }


async def _healthy(simulator: Child) -> Heard:
    """A call that nothing goes wrong with, the second of two: the first one warms up."""
    gateway = faulty_first(f"{simulator.url}/v1", HEALTHY)
    heard = [await ask(gateway, question()) for _ in range(2)][1]
    await gateway.aclose()
    if heard.reply is None or len(heard.lines) != 1:
        raise RuntimeError("the simulator gave no healthy answer, so there is nothing to compare")
    return heard


async def _judged(case: Case, simulator: Child, healthy: Heard) -> Verdict:
    url = f"{simulator.url}/v1"
    port = free_port() if case.away else int(simulator.url.rpartition(":")[2])
    gateway = faulty_first(url, case.model, f"{case.scheme}://{LOOPBACK}:{port}/v1")
    heard = [await ask(gateway, question(long=case.long)) for _ in range(case.calls)]
    await gateway.aclose()
    return judge(case, heard, healthy)
