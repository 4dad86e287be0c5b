"""A check blames the code only for what names a place in it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from millstream_shared.contracts.checks import CheckFinished, CheckOutcome, CheckRequested
from millstream_shared.contracts.enums import CheckKind, Framework
from millstream_shared.contracts.frameworks import FrameworkCard
from millstream_shared.runtime import streams
from millstream_shared.runtime.blobs import BlobStore
from millstream_shared.runtime.bus import Bus
from millstream_validator.adapters.workbench import Bench, Workbench
from millstream_validator.core.sandbox import Job, Limits, Outcome
from tests.support.broker import Broker

KILLED = Outcome(137, "", "", 0.1, None)
GREEN = Outcome(0, "", "", 0.1, None)
TYPE_ERROR = Outcome(2, "src/App.tsx(3,7): error TS2322: no.", "", 0.1, None)


class ScriptedSandbox:
    """Ends each job as the script says."""

    def __init__(self, *outcomes: Outcome) -> None:
        self._outcomes = list(outcomes)

    async def run(self, job: Job) -> Outcome:
        return self._outcomes.pop(0)


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        ((KILLED, GREEN), CheckOutcome.PASSED),
        ((KILLED, KILLED), CheckOutcome.FAILED),
        ((KILLED, TYPE_ERROR), CheckOutcome.FAILED),
        ((TYPE_ERROR,), CheckOutcome.FAILED),
    ],
)
async def test_a_tool_that_died_by_itself_is_run_once_more(
    broker: Broker, tmp_path: Path, outcomes: Sequence[Outcome], verdict: CheckOutcome
) -> None:
    """A killed tool says nothing of the code; a finding does, and is not asked for twice."""
    checked = await _check(broker, tmp_path, ScriptedSandbox(*outcomes))
    assert checked.outcome is verdict


async def _check(broker: Broker, folder: Path, sandbox: ScriptedSandbox) -> CheckFinished:
    client = await broker.connect()
    try:
        bus = Bus(client)
        await streams.declare(bus.js)
        card = FrameworkCard(
            framework=Framework.REACT,
            title="React",
            summary="",
            entry="src/App.tsx",
            output="dist",
            installed={},
            managed=(),
            checks={CheckKind.LINT: (("lint",),)},
        )
        bench = Workbench(
            sandbox,
            await BlobStore.open(bus),
            {Framework.REACT: Bench(card, folder)},
            folder / "work",
            Limits(),
        )
        request = CheckRequested(
            message_id="m", step="s", framework=Framework.REACT, files={}, kind=CheckKind.LINT
        )
        return await bench.check(request)
    finally:
        await client.close()
