"""The network between a service and what it depends on: cut, stalled, or half open."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from millstream_embedded.options import Folder
from tests.chaos.harness.changes import entry_with
from tests.chaos.harness.figures import Figures
from tests.chaos.harness.marks import LONG
from tests.chaos.harness.scenario import Scenario, scenario
from tests.chaos.harness.system import System, ports_of, running_system
from tests.support.proxy import Proxy, running_proxy

LINKS: Final = {
    ("agent", "MILLSTREAM_NATS_URL"): "broker",
    ("gateway", "MILLSTREAM_NATS_URL"): "broker",
    ("validator", "MILLSTREAM_NATS_URL"): "broker",
    ("store", "MILLSTREAM_NATS_URL"): "broker",
    ("store", "MILLSTREAM_STORE_DATABASE_URL"): "database",
    ("agent", "OPENAI_BASE_URL"): "simulator",
}
"""Whose variable leads to what."""
WAYS: Final = ("cut", "stall", "half-open")
PATIENCE: Final = {
    "MILLSTREAM_AGENT_IDLE_SECONDS": "5",
    "MILLSTREAM_AGENT_FIRST_TOKEN_SECONDS": "5",
}
"""A model that fell silent is given up soon, or this would take minutes."""


@pytest.mark.timeout(600)
@LONG
@pytest.mark.parametrize("rounds", [2])
async def test_the_network_fails(
    tmp_path: Path, figures: Figures, chance: random.Random, rounds: int
) -> None:
    """Each round strikes every link once, in one of the three ways; a brief one only cuts."""
    async with (
        wired_system(tmp_path) as (system, proxies),
        scenario("the network fails", system, figures) as it,
    ):
        it.load(2 if rounds == 1 else 4)
        for number in range(rounds):
            for place, link in enumerate(chance.sample(list(proxies), len(proxies))):
                await asyncio.sleep(chance.uniform(0.5, 2.5))
                way = WAYS[(number + place) % len(WAYS)] if rounds > 1 else "cut"
                await strike(it, proxies[link], link, way)
        await it.saboteur.until_ready()


async def strike(it: Scenario, proxy: Proxy, link: tuple[str, str], how: str) -> None:
    """A model call on a broken connection is lost, and the next one is no waste of ours."""
    it.figures.faults[how] += 1
    broken = 0
    match how:
        case "cut":
            broken = proxy.cut()
        case "half-open":
            broken = proxy.half_open()
        case "stall":
            proxy.stall()
            await asyncio.sleep(4)
            proxy.resume()
    if LINKS[link] == "simulator":
        it.cuts += broken


@asynccontextmanager
async def wired_system(
    folder: Path,
) -> AsyncIterator[tuple[System, dict[tuple[str, str], Proxy]]]:
    """A system whose every link goes through a proxy of its own."""
    data = folder / "data"
    async with AsyncExitStack() as exits:
        proxies = {
            link: await exits.enter_async_context(running_proxy(_place(data, end)))
            for link, end in LINKS.items()
        }
        changes: dict[str, dict[str, dict[str, int]]] = {}
        for (service, variable), proxy in proxies.items():
            changes.setdefault(service, {"through": {}})["through"][variable] = proxy.port
        entry = entry_with(folder, changes)
        yield (
            await exits.enter_async_context(running_system(data, entry=entry, **PATIENCE)),
            proxies,
        )


def _place(data: Path, name: str) -> Callable[[], tuple[str, int]]:
    """Ports are chosen only when the stack starts."""
    return lambda: ("127.0.0.1", getattr(ports_of(Folder(data)), name))
