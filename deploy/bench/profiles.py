"""Before and after: the same messages under the profiles `baseline` and `optimized`.

Each profile gets a stack of its own and the same scenarios in the same order, one at a time. The
long conversation's earlier messages are written beforehand, without being measured.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from deploy.bench.bench_stack import bench_stack
from deploy.bench.comparison import add_up, targets
from deploy.bench.listening import Run, listen_to
from deploy.bench.profile_tables import print_comparison, print_targets
from millstream_embedded.client import Gateway
from millstream_embedded.stack import Stack
from millstream_simulator.catalogue import CACHED_SAVES, SPEEDS
from millstream_simulator.prompt_cache import LIFETIME, SMALLEST

MODEL: Final = "sim-typical"
BEFORE, AFTER = "baseline", "optimized"
NEW: Final[Mapping[str, str]] = {
    "straight": "Build an app to split the bill at a restaurant",
    "polisher": "Build a flashcards app with three boxes",
}
LONG: Final = "longhaul"
CONTROL: Final = "straight"
"""Ends by itself when its work is done. The seed's runs did not: "most complete within 3-5
iterations, the remaining 10 were wasteful". The targets are about runs like those."""
SEEDS: Final = "the seed's"
EARLIER: Final = (
    "Build a reading list with books that I can tick off",
    "Add a search box for titles and authors",
    "Show statistics above the list",
    "Show each book's page count beside its author",
)
LATER: Final = "Add an export button that saves the books as CSV"


async def compare_profiles(console: Console) -> dict[str, Any]:
    """Runs both profiles, prints the figures side by side, and returns them."""
    with tempfile.TemporaryDirectory(prefix="millstream-bench-") as name:
        folder = Path(name)
        async with bench_stack(folder, console, MILLSTREAM_AGENT_MODEL="sim-instant") as stack:
            projects = {profile: await _long_conversation(stack) for profile in (BEFORE, AFTER)}
        runs = {}
        for profile, project in projects.items():
            environment = {"MILLSTREAM_AGENT_MODEL": MODEL, "MILLSTREAM_PROFILE": profile}
            async with bench_stack(folder, console, **environment) as stack:
                runs[profile] = await _measure(stack, project)
    return _report(console, runs)


async def _long_conversation(stack: Stack) -> str:
    """A project with the earlier messages of the long conversation; its id."""
    async with Gateway.connect(stack.url, stack.api_key) as gateway:
        project: str = (await gateway.create_project(None))["id"]
        for prompt in EARLIER:
            run = await listen_to(gateway, project, LONG, prompt)
            if not run.good:
                raise RuntimeError(f"{prompt!r} was not built, so there is nothing to go on with")
    return project


async def _measure(stack: Stack, project: str) -> list[Run]:
    async with Gateway.connect(stack.url, stack.api_key) as gateway:
        runs = [
            await listen_to(gateway, (await gateway.create_project(None))["id"], scenario, prompt)
            for scenario, prompt in NEW.items()
        ]
        return [*runs, await listen_to(gateway, project, LONG, LATER)]


def _report(console: Console, runs: Mapping[str, Sequence[Run]]) -> dict[str, Any]:
    names = [*NEW, LONG]
    wasteful = [name for name in names if name != CONTROL]
    groups = {name: [name] for name in names} | {SEEDS: wasteful}
    figures = {
        group: {
            profile: add_up([run for run in own if run.scenario in scenarios])
            for profile, own in runs.items()
        }
        for group, scenarios in groups.items()
    }
    reached = targets(figures[SEEDS][BEFORE], figures[SEEDS][AFTER])
    print_comparison(console, figures)
    print_targets(console, reached)
    console.print(model_of_time(), highlight=False)
    return {
        "model_of_time": model_of_time(),
        "scenarios": {
            group: {profile: asdict(each) for profile, each in pair.items()}
            for group, pair in figures.items()
        },
        "targets": [asdict(target) for target in reached],
    }


def model_of_time() -> str:
    """What the figures rest on, in words."""
    speed = SPEEDS[MODEL]
    known = f"from {SMALLEST:,} tokens on, what it read within {LIFETIME / 60:.0f} minutes"
    return (
        f"The model takes {speed.first_token:g} s to begin, reads its prompt at "
        f"{speed.prefill_per_second:,.0f} tokens/s ({known} in {1 - CACHED_SAVES:.0%} of that "
        f"time) and writes {speed.per_second:g} tokens/s. "
        "It plays the same turns in both profiles, except that it does not read what it was shown, "
        "and that `polisher` and `longhaul` go on after their work is done, as the seed says its "
        "runs did, until they are told that they repeat themselves or have no iterations left; "
        f"`{CONTROL}` ends by itself, so that there is nothing to save, and stands outside the "
        "targets. Temperatures and penalties change nothing. "
        "All else is the real system on this machine: queue, tools, checks, storage and streaming."
    )
