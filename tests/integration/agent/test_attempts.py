"""Attempts at a message, on a real broker: numbered by the log, ended once, never stranded."""

import asyncio
from uuid import uuid4

import pytest

from millstream_agent.adapters.past import read_past
from millstream_agent.adapters.runner import Runner
from millstream_agent.adapters.workshop import RemoteWorkshop
from millstream_agent.core.failures import RunEnded
from millstream_agent.core.knobs import OPTIMIZED
from millstream_agent.settings import AgentSettings
from millstream_shared.contracts import subjects
from millstream_shared.contracts.checks import CheckFinished
from millstream_shared.contracts.enums import MessageStatus, Role, RunKind
from millstream_shared.contracts.generation import GenerationRequested
from millstream_shared.runtime.blobs import BlobStore
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.cancels import CancelBoard
from millstream_shared.runtime.run_log import read_entries
from tests.fakes.agent import CARD, ScriptedModel, ScriptedModels, says
from tests.integration.agent.conftest import OneMessageStore

SETTINGS = AgentSettings(check_seconds=1)


async def runner(bus: Bus) -> Runner:
    """Its model writes nothing, which is the shortest honest run: it ends as an error."""
    done = says("<task_summary>nothing</task_summary>")
    return Runner(
        bus,
        await BlobStore.open(bus),
        await bus.js.key_value(subjects.CARDS),
        await CancelBoard.open(bus),
        ScriptedModels(ScriptedModel({Role.CODE: [done] * 9})),
    )


async def told(bus: Bus, message_id: str) -> list[bytes]:
    subject = subjects.run_entry(message_id, RunKind.DELTA)
    return [entry.data async for entry in read_entries(bus.client, subject)]


async def test_a_message_queued_twice_is_told_once(
    bus: Bus, event: GenerationRequested, store: OneMessageStore
) -> None:
    """The second copy finds the end in the log and says nothing more."""
    agents = await runner(bus)
    await agents.attempt(event, OPTIMIZED, SETTINGS)
    first = await told(bus, event.message_id)
    await agents.attempt(event, OPTIMIZED, SETTINGS)
    await agents.abandon(event)
    assert await told(bus, event.message_id) == first
    assert first[-1].startswith(b'{"type":"done"')
    assert sum(b'"type":"done"' in line for line in first) == 1


async def test_attempts_are_numbered_by_the_log(
    bus: Bus, event: GenerationRequested, store: OneMessageStore
) -> None:
    """Whichever queue entry an attempt comes from, its number and its facts are its own."""
    agents = await runner(bus)
    cut = asyncio.ensure_future(agents.attempt(event, OPTIMIZED, SETTINGS))
    while not (await read_past(bus, event.message_id)).attempts:  # noqa: ASYNC110 - the log's doing
        await asyncio.sleep(0)
    cut.cancel()
    await asyncio.gather(cut, return_exceptions=True)
    if not (await read_past(bus, event.message_id)).told:
        await agents.attempt(event, OPTIMIZED, SETTINGS)
        assert (await read_past(bus, event.message_id)).attempts == 2
    assert (await told(bus, event.message_id))[-1].startswith(b'{"type":"done"')


async def test_a_store_that_is_away_is_waited_for(
    bus: Bus, event: GenerationRequested, store: OneMessageStore
) -> None:
    """The message is held meanwhile; an outage costs no attempt."""
    store.away = True
    agents = await runner(bus)
    attempt = asyncio.ensure_future(agents.attempt(event, OPTIMIZED, SETTINGS))
    while store.asked < 2:  # noqa: ASYNC110 - the runner's doing
        await asyncio.sleep(0.05)
    assert not attempt.done()
    store.away = False
    await asyncio.wait_for(attempt, 20)
    assert (await read_past(bus, event.message_id)).attempts == 1


async def test_a_message_its_owner_has_completed_is_left_alone(
    bus: Bus, event: GenerationRequested, store: OneMessageStore
) -> None:
    """No model is asked; viewers are told that it is complete."""
    store.status = MessageStatus.COMPLETE
    await (await runner(bus)).attempt(event, OPTIMIZED, SETTINGS)
    assert [line.split(b'"')[3] for line in await told(bus, event.message_id)] == [
        b"status",
        b"done",
    ]


async def test_a_workshop_that_is_away_ends_the_run_and_keeps_the_files(bus: Bus) -> None:
    """Starting over would have everything written, and paid for, again."""
    workshop = RemoteWorkshop(
        bus,
        await BlobStore.open(bus),
        await bus.js.key_value(subjects.CARDS),
        uuid4().hex,
        parallel=True,
        seconds=0.3,
    )

    async def nobody(_: CheckFinished) -> None:
        raise AssertionError("no check can have finished")

    with pytest.raises(RunEnded) as ended:
        await workshop.validate("s", CARD.framework, dict(CARD.files), nobody)
    assert ended.value.code == "check_unavailable"
    with pytest.raises(RunEnded, match="files are kept"):
        await workshop.run("c", CARD.framework, dict(CARD.files), "ls")
