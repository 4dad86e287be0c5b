"""Taking over a run, on a real broker: what is finished stays, what was cut is taken back."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import uuid4

import orjson
import pytest
from nats.aio.msg import Msg

from millstream_agent.adapters.journal import RunJournal
from millstream_agent.adapters.leaving import Leaving
from millstream_agent.adapters.past import Past, read_past
from millstream_agent.adapters.runner import Runner
from millstream_agent.adapters.voice import RunVoice
from millstream_agent.core.conversation import ToolCall
from millstream_agent.core.failures import HandedOver
from millstream_agent.core.knobs import OPTIMIZED
from millstream_agent.core.ports import ModelCall, ModelReply
from millstream_agent.settings import AgentSettings
from millstream_shared.contracts import subjects
from millstream_shared.contracts.checks import ValidationRequested
from millstream_shared.contracts.enums import Role, RunKind
from millstream_shared.contracts.facts import RUN_FACT, ContentGrew, RunFact, RunFinished
from millstream_shared.contracts.generation import GenerationRequested
from millstream_shared.runtime.blobs import BlobStore
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.cancels import CancelBoard, cancel
from millstream_shared.runtime.desk import Desk
from millstream_shared.runtime.errors import Fenced
from millstream_shared.runtime.run_log import RunWriter, read_entries
from tests.fakes.agent import ScriptedModel, ScriptedModels, says, verdict_of
from tests.integration.agent.conftest import OneMessageStore

SETTINGS = AgentSettings(check_seconds=10)


def write(path: str, content: str) -> ToolCall:
    arguments = json.dumps({"files": [{"path": path, "content": content}]})
    return ToolCall(f"write-{path}", "createOrUpdateFiles", arguments)


class StallingModel(ScriptedModel):
    """Falls silent in the middle of its reply number `stall_at`, once."""

    def __init__(self, stall_at: int, on_reply: Callable[[int], None] = lambda _: None) -> None:
        super().__init__(
            {
                Role.CODE: [
                    says("First I write one file.", write("src/App.tsx", "app")),
                    says("Then I write another one.", write("src/more.ts", "more")),
                    says("<task_summary>Built it.</task_summary>"),
                ],
                # Of the two that are written at once, the one that was whole may be asked again.
                Role.TITLE: [says("My App")] * 2,
                Role.RESPONSE: [says("Here it is.")] * 2,
            }
        )
        self.replies = 0
        self.closed = 0
        self.stalled = asyncio.Event()
        self._stall_at = stall_at
        self._on_reply = on_reply

    @asynccontextmanager
    async def open(self, call: ModelCall) -> AsyncIterator[AsyncIterator[ModelReply]]:
        self.replies += 1
        self._on_reply(self.replies)
        if self.replies == self._stall_at:
            try:
                yield self._half(self._script[call.role][0])
            finally:
                self.closed += 1
            return
        async with super().open(call) as reply:
            yield reply

    async def _half(self, reply: Any) -> AsyncIterator[ModelReply]:
        yield ModelReply(model="fake", text=reply.text[: len(reply.text) // 2])
        self.stalled.set()
        await asyncio.Event().wait()


@pytest.fixture
async def workshop(bus: Bus) -> Desk:
    """Finds every app to be good."""
    desk = Desk(bus)

    async def judge(message: Msg) -> None:
        request = ValidationRequested.decode(message.data)
        await desk.reply(message.subject, request.step, verdict_of(request.step))

    await bus.client.subscribe(subjects.validation_requested("*"), cb=judge)
    return desk


async def runner(bus: Bus, model: ScriptedModel) -> Runner:
    return Runner(
        bus,
        await BlobStore.open(bus),
        await bus.js.key_value(subjects.CARDS),
        await CancelBoard.open(bus),
        ScriptedModels(model),
    )


async def cut_at(bus: Bus, event: GenerationRequested, model: StallingModel) -> None:
    """An attempt that ends as a killed process does: in mid-reply, without a word."""
    attempt = asyncio.ensure_future((await runner(bus, model)).attempt(event, OPTIMIZED, SETTINGS))
    await asyncio.wait_for(model.stalled.wait(), 20)
    await _seen(bus, event.message_id, lambda data: b"text.delta" in data)
    attempt.cancel()
    await asyncio.gather(attempt, return_exceptions=True)


async def _seen(bus: Bus, message_id: str, wanted: Callable[[bytes], bool]) -> None:
    async with asyncio.timeout(10):
        while not any(wanted(data) for _, data in await log(bus, message_id, RunKind.DELTA)):  # noqa: ASYNC110 - the log's doing
            await asyncio.sleep(0.02)


async def log(bus: Bus, message_id: str, kind: RunKind) -> list[tuple[int, bytes]]:
    subject = subjects.run_entry(message_id, kind)
    return [(entry.seq, entry.data) async for entry in read_entries(bus.client, subject)]


async def seen(bus: Bus, message_id: str) -> list[dict[str, Any]]:
    """What a viewer has in front of it who takes back what it is told to."""
    kept: list[tuple[int, dict[str, Any]]] = []
    for seq, data in await log(bus, message_id, RunKind.DELTA):
        event = orjson.loads(data)
        if event["type"] == "rewound":
            kept = [(at, one) for at, one in kept if at <= event["toSeq"]]
        else:
            kept.append((seq, event))
    return [event for _, event in kept]


async def facts(bus: Bus, message_id: str) -> list[RunFact]:
    return [RUN_FACT.validate_json(data) for _, data in await log(bus, message_id, RunKind.STATUS)]


def text_of(events: list[dict[str, Any]]) -> str:
    return "".join(event["text"] for event in events if event["type"] == "text.delta")


WHOLE = "First I write one file.Then I write another one.Here it is."


@pytest.mark.parametrize("reply", [1, 2, 3, 4, 5])
async def test_a_successor_goes_on_at_the_reply_that_was_cut(
    bus: Bus, event: GenerationRequested, store: OneMessageStore, workshop: Desk, reply: int
) -> None:
    """Viewers see each text once; each finished reply was paid once; the result is whole."""
    model = StallingModel(reply)
    await cut_at(bus, event, model)
    await (await runner(bus, model)).attempt(event, OPTIMIZED, SETTINGS)

    events = await seen(bus, event.message_id)
    assert text_of(events) == WHOLE
    assert [one["type"] for one in events].count("file.finished") == 2
    assert events[-1]["type"] == "done"
    assert model.replies <= 5 + 2, "the cut reply again, and the one written at the same time"
    end = (await facts(bus, event.message_id))[-1]
    assert isinstance(end, RunFinished)
    assert end.usage.calls == 5
    assert set(end.fragment.files if end.fragment else ()) >= {"src/App.tsx", "src/more.ts"}


async def test_the_store_gets_the_text_that_stays_at_once(
    bus: Bus, event: GenerationRequested, store: OneMessageStore, workshop: Desk
) -> None:
    """A new attempt empties the content there; a poller must not see it gone."""
    model = StallingModel(2)
    await cut_at(bus, event, model)
    await (await runner(bus, model)).attempt(event, OPTIMIZED, SETTINGS)
    told = [fact for fact in await facts(bus, event.message_id) if fact.attempt == 2]
    assert told[0].type == "run.started"
    assert isinstance(told[1], ContentGrew)
    assert (told[1].offset, told[1].text) == (0, "First I write one file.")


async def test_an_agent_that_wakes_up_is_refused_and_lets_go_of_its_model(
    bus: Bus, event: GenerationRequested, store: OneMessageStore, workshop: Desk
) -> None:
    """The fence: whoever was paused while another took over writes nothing more."""
    model = StallingModel(2)
    paused = asyncio.ensure_future((await runner(bus, model)).attempt(event, OPTIMIZED, SETTINGS))
    await asyncio.wait_for(model.stalled.wait(), 20)
    await (await runner(bus, model)).attempt(event, OPTIMIZED, SETTINGS)
    whole = await log(bus, event.message_id, RunKind.DELTA)

    await cancel(bus, event.message_id)  # gives the paused one a reason to write its end
    with pytest.raises(Fenced):
        await asyncio.wait_for(paused, 20)
    assert model.closed == 1
    assert await log(bus, event.message_id, RunKind.DELTA) == whole


async def test_a_stopping_agent_hands_over_between_two_steps(
    bus: Bus, event: GenerationRequested, store: OneMessageStore, workshop: Desk
) -> None:
    """Nothing is asked twice and nothing is taken back that anybody saw."""
    leaving = Leaving(60)
    model = StallingModel(0, lambda number: leaving.begin() if number == 2 else None)
    with pytest.raises(HandedOver):
        await (await runner(bus, model)).attempt(event, OPTIMIZED, SETTINGS, leaving)
    assert (await read_past(bus, event.message_id)).idle == 0, "it did not come to nothing"
    before = text_of(await seen(bus, event.message_id))
    await (await runner(bus, model)).attempt(event, OPTIMIZED, SETTINGS)
    assert before == "First I write one file.Then I write another one."
    assert text_of(await seen(bus, event.message_id)) == WHOLE
    assert model.replies == 5


async def test_a_stopping_agent_hands_over_in_the_middle_of_a_long_step(
    bus: Bus, event: GenerationRequested, store: OneMessageStore, workshop: Desk
) -> None:
    """When time runs out; however often that happens, the run is not given up for it."""
    for _ in range(3):
        leaving, model = Leaving(1), StallingModel(1)
        attempt = asyncio.ensure_future(
            (await runner(bus, model)).attempt(event, OPTIMIZED, SETTINGS, leaving)
        )
        await asyncio.wait_for(model.stalled.wait(), 20)
        leaving.begin()
        with pytest.raises(HandedOver):
            await attempt
    settings = AgentSettings(check_seconds=10, max_attempts=1)
    await (await runner(bus, StallingModel(0))).attempt(event, OPTIMIZED, settings)
    assert text_of(await seen(bus, event.message_id)) == WHOLE


async def test_a_step_too_large_for_the_broker_and_all_after_it_are_repeated(bus: Bus) -> None:
    """Were a later step found where an earlier one is not, old text would be said again."""
    message_id = uuid4().hex
    writer = SmallWriter(bus, message_id, 1, 0)
    voice = RunVoice(writer, message_id, 1, lambda: 0.0)
    journal = RunJournal(Past(), voice, lambda: None, lambda: 0.0)
    for name, size in (("small", 1), ("large", 2_000), ("later", 1)):
        assert await journal.step(name, str, partial(_text, size)) == "x" * size
    assert set((await read_past(bus, message_id)).steps) == {"small"}


class SmallWriter(RunWriter):
    """A broker that takes a kilobyte."""

    @property
    def most_bytes(self) -> int:
        return 1_000


async def _text(size: int) -> str:
    return "x" * size


async def test_a_lost_log_begins_anew_under_a_higher_number(
    bus: Bus, event: GenerationRequested, store: OneMessageStore, workshop: Desk
) -> None:
    """Viewers drop what they have, and the store's inbox knows none of the new facts."""
    store.attempt = 3
    await (await runner(bus, StallingModel(0))).attempt(event, OPTIMIZED, SETTINGS)
    first = orjson.loads((await log(bus, event.message_id, RunKind.DELTA))[0][1])
    assert first == {"type": "rewound", "toSeq": 0, "attempt": 4}
    assert {fact.attempt for fact in await facts(bus, event.message_id)} == {4}


async def test_a_run_cancelled_between_two_agents_keeps_its_files(
    bus: Bus, event: GenerationRequested, store: OneMessageStore, workshop: Desk
) -> None:
    """The successor asks no model; it goes through what is finished and ends the run."""
    model = StallingModel(2)
    await cut_at(bus, event, model)
    store.cancelled = True
    await (await runner(bus, model)).attempt(event, OPTIMIZED, SETTINGS)
    end = (await facts(bus, event.message_id))[-1]
    assert isinstance(end, RunFinished)
    assert end.reason == "cancelled"
    assert "src/App.tsx" in (end.fragment.files if end.fragment else ())
    assert model.replies == 2


async def test_attempts_that_come_to_nothing_are_limited(
    bus: Bus, event: GenerationRequested, store: OneMessageStore, workshop: Desk
) -> None:
    """A message that kills every agent at the same place is ended, refunded, with a reason."""
    for _ in range(3):  # the first one has come to a framework
        await cut_at(bus, event, StallingModel(1))
    assert (await read_past(bus, event.message_id)).idle == 2
    settings = AgentSettings(check_seconds=10, max_attempts=2)
    model = StallingModel(0)
    await (await runner(bus, model)).attempt(event, OPTIMIZED, settings)
    end = (await facts(bus, event.message_id))[-1]
    assert isinstance(end, RunFinished)
    assert end.reason == "internal"
    assert model.replies == 0
