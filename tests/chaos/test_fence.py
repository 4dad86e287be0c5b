"""The harness with the fence switched off: it must see what the fence prevents."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest

from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import RunKind
from millstream_shared.runtime import streams
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.errors import Fenced
from millstream_shared.runtime.run_log import RunWriter
from tests.chaos.harness import unfenced
from tests.chaos.harness.evidence import Evidence
from tests.chaos.harness.figures import Figures
from tests.chaos.harness.good_run import LOG, good_run
from tests.chaos.harness.invariants import violations
from tests.chaos.harness.invariants.verdict import Harm
from tests.chaos.harness.marks import LONG
from tests.chaos.harness.reading import logged, read_stream
from tests.chaos.harness.scenario import scenario
from tests.chaos.harness.system import System, running_system
from tests.chaos.harness.twin import running_twin
from tests.chaos.harness.unfenced import Unfenced
from tests.chaos.test_agents import SLEEP
from tests.support.broker import Broker
from tests.support.viewer import Sighting

# A run in one go: what the good run's second attempt told.
SCRIPT = tuple((kind, data) for kind, data in LOG[7:] if kind is not RunKind.JOURNAL)


@pytest.fixture
async def bus(broker: Broker) -> AsyncIterator[Bus]:
    client = await broker.connect()
    bus = Bus(client)
    await streams.declare(bus.js)
    yield bus
    await client.close()


@pytest.mark.parametrize(("writers", "doubled"), [(RunWriter, False), (Unfenced, True)])
async def test_a_duel_for_a_run(bus: Bus, writers: type[RunWriter], doubled: bool) -> None:
    """A paused agent wakes up beside its successor: fenced, nothing is doubled; unfenced, much."""
    message_id = uuid4().hex
    paused = await writers.open(bus, message_id, 1)
    await _tell(paused, message_id, 1, until=4)
    successor = await writers.open(bus, message_id, 2)
    await successor.append(
        RunKind.DELTA, orjson.dumps({"type": "rewound", "toSeq": 0, "attempt": 2})
    )
    await asyncio.gather(_tell(paused, message_id, 1, begin=4), _tell(successor, message_id, 2))
    found = violations(await _evidence(bus, message_id))
    assert any(each.harm is Harm.DOUBLED for each in found) == doubled, found
    if doubled:
        named = {each.invariant for each in found}
        assert {"it_has_one_writer", "facts_are_recorded_once"} <= named


@LONG
@pytest.mark.timeout(300)
async def test_the_whole_system_without_its_fence(tmp_path: Path) -> None:
    """The same on real agents: the one that wakes up goes on, and the harness says so."""
    entry = (sys.executable, "-P", str(Path(unfenced.__file__)))
    async with running_system(tmp_path, entry=entry) as system:
        with pytest.raises(AssertionError, match="it_has_one_writer"):
            await _sleep_and_wake(system)


async def _sleep_and_wake(system: System) -> None:
    async with scenario("two agents without a fence", system, Figures()) as it:
        it.load()
        await asyncio.sleep(1)
        async with running_twin(system, "agent"):
            await it.saboteur.pause("agent", SLEEP)
            await it.finish()


async def _tell(
    writer: RunWriter, message_id: str, attempt: int, begin: int = 0, until: int | None = None
) -> None:
    """Goes through a run's entries, as if there were nobody else, until it is fenced off."""
    for kind, data in SCRIPT[begin:until]:
        try:
            await writer.append(kind, orjson.dumps(_own(data, message_id, attempt)))
        except Fenced:
            return


def _own(data: dict[str, Any], message_id: str, attempt: int) -> dict[str, Any]:
    return {**data, "attempt": attempt, "eventId": f"{message_id}:{attempt}:{data['type']}"}


async def _evidence(bus: Bus, message_id: str) -> Evidence:
    """The real log; what else there is of the run is as its one end says."""
    entries = await read_stream(bus.client, subjects.RUNS, subjects.run_entries(message_id))
    log = tuple(map(logged, entries))
    seen = tuple(Sighting(e.seq, dict(e.data)) for e in log if e.kind is RunKind.DELTA)
    return replace(good_run(), log=log, seen=seen)
