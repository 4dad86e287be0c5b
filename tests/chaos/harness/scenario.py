"""One scenario: load and faults, then every run is brought to its end and looked at."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from millstream_shared.contracts.enums import MessageType
from tests.chaos.harness.evidence import Evidence, takeovers
from tests.chaos.harness.faults import Fault, Saboteur
from tests.chaos.harness.figures import Figures
from tests.chaos.harness.invariants import violations
from tests.chaos.harness.invariants.verdict import Violation
from tests.chaos.harness.load import Load, Run
from tests.chaos.harness.payments import Calls, calls_are_paid_once, payments
from tests.chaos.harness.reading import read_calls, read_evidence
from tests.chaos.harness.system import USERS, System

END_SECONDS = 120.0
"""How long the runs may take to their end after the last fault; whoever takes longer is stuck."""

AGENTS = ("agent", "twin")


@dataclass
class Scenario:
    """What happens in it, and how it is judged.

    `wiped`: the broker lost its store. `cuts`: model calls that faults of the network broke off.
    `standby`: there is always an agent that could take over, so the time it takes is measured.
    """

    name: str
    system: System
    saboteur: Saboteur
    figures: Figures
    before: Calls
    runs: list[Run] = field(default_factory=list)
    expected: MessageType | None = MessageType.RESULT
    wiped: bool = False
    cuts: int = 0
    standby: bool = False
    loads: list[Load] = field(default_factory=list)

    def load(self, users: int = USERS - 1) -> Load:
        load = Load(self.system.users[:users])
        self.loads.append(load)
        return load

    async def judge(self) -> list[Evidence]:
        """Waits for every run and checks it; raises AssertionError with all that is wrong."""
        await self.finish()
        evidence = [await self._evidence(run) for run in self.runs]
        found = [violation for run in evidence for violation in violations(run)]
        paid = await read_calls(self.system.simulator_url) - self.before
        done = payments(evidence, paid, self.cuts)
        if not self.wiped:
            found += calls_are_paid_once(done)
        self._record(evidence, found)
        self.figures.pay(done)
        if found:
            folder = self.system.stack.data / "evidence"
            keep(evidence, folder)
            raise AssertionError("\n".join([*map(str, found), f"the runs' logs: {folder}"]))
        return evidence

    def cancel(self) -> None:
        for load in self.loads:
            load.cancel()
        for run in (*self.runs, *self.saboteur.proofs):
            run.watching.cancel()

    async def finish(self) -> None:
        """No new runs; returns when all have come to their end, or are overdue."""
        while self.loads:
            load = self.loads.pop()
            await asyncio.wait({asyncio.create_task(load.end())}, timeout=END_SECONDS)
            load.cancel()
            self.runs += load.runs
        self.runs += self.saboteur.proofs
        self.saboteur.proofs = []
        watching = {run.watching for run in self.runs}
        if watching:
            await asyncio.wait(watching, timeout=END_SECONDS)

    async def _evidence(self, run: Run) -> Evidence:
        return await read_evidence(
            self.system.nats,
            self.system.database_url,
            run.message_id,
            run.viewer.seen,
            expected=self.expected,
            wiped=self.wiped,
        )

    def _record(self, evidence: Sequence[Evidence], found: Sequence[Violation]) -> None:
        self.figures.count(self.name, len(evidence), found)
        self.figures.faults.update(fault.what for fault in self.saboteur.faults)
        if self.standby:
            hurt = [fault for fault in self.saboteur.faults if fault.whom in AGENTS]
            self.figures.time("takeover", *takeover_times(evidence, hurt))


@asynccontextmanager
async def scenario(name: str, system: System, figures: Figures) -> AsyncIterator[Scenario]:
    """Judged when the block ends without an error."""
    before = await read_calls(system.simulator_url)
    this = Scenario(name, system, Saboteur(system), figures, before)
    try:
        yield this
        await this.judge()
    finally:
        this.cancel()


def keep(runs: Sequence[Evidence], folder: Path) -> None:
    """Writes each run's log to a file, for whoever looks into a violation."""
    folder.mkdir(exist_ok=True)
    for run in runs:
        lines = (f"{entry.at:.3f} {entry.seq} {json.dumps(entry.data)}\n" for entry in run.log)
        (folder / f"{run.message_id}.log").write_text("".join(lines))


def takeover_times(runs: Sequence[Evidence], faults: Sequence[Fault]) -> list[float]:
    """Seconds from the last harm to an agent to the first word of its successor."""
    times = []
    for run in runs:
        starts = [entry.at for entry in run.log[:1]] + [entry.at for entry in takeovers(run.log)]
        for begun, taken in pairwise(starts):
            causes = [fault.at for fault in faults if begun < fault.at < taken]
            if causes:
                times.append(taken - causes[-1])
    return times
