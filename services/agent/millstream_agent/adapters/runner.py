"""One attempt at one message, from taking it up to the last event."""

import asyncio
import time
from datetime import UTC, datetime

import structlog
from nats.js.kv import KeyValue
from uuid_utils import uuid7

from millstream_agent.adapters.commit import Committed, commit_of
from millstream_agent.adapters.voice import RunVoice
from millstream_agent.adapters.workshop import RemoteWorkshop
from millstream_agent.core import ending
from millstream_agent.core.failures import RunEnded
from millstream_agent.core.journey import Journey
from millstream_agent.core.knobs import Knobs
from millstream_agent.core.ports import Model
from millstream_agent.settings import AgentSettings
from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import MessageStatus, RunKind
from millstream_shared.contracts.facts import RUN_FACT, RunFinished, RunStarted
from millstream_shared.contracts.generation import GenerationContext, GenerationRequested
from millstream_shared.contracts.runs import StatusChanged
from millstream_shared.contracts.store import GET_CONTEXT, GetContext
from millstream_shared.runtime import rpc
from millstream_shared.runtime.blobs import BlobStore
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.cancels import CancelBoard
from millstream_shared.runtime.run_log import RunWriter, read_entries
from millstream_shared.runtime.tasks import beside

COMMIT_SECONDS = 30.0
logger = structlog.get_logger()


class Runner:
    """Holds what all runs of a process share."""

    def __init__(
        self, bus: Bus, blobs: BlobStore, cards: KeyValue, cancels: CancelBoard, model: Model
    ) -> None:
        self._bus = bus
        self._blobs = blobs
        self._cards = cards
        self._cancels = cancels
        self._model = model

    async def attempt(
        self, event: GenerationRequested, number: int, knobs: Knobs, settings: AgentSettings
    ) -> None:
        """Brings the message to its end, or raises: Fenced, Transient, or Refused by the store."""
        question = GetContext(message_id=event.message_id, history=knobs.context_messages)
        context = await rpc.ask(self._bus.client, GET_CONTEXT, question)
        writer = await RunWriter.open(self._bus, event.message_id, number)
        voice = RunVoice(writer, event.message_id, number, time.monotonic)
        async with commit_of(self._bus.client, context) as committed:
            if end := await self._already_ended(event.message_id):
                seq, fact = end
                await voice.rewind(seq)
            elif context.status is MessageStatus.COMPLETE:  # its owner has answered it
                fact = ending.answered(event.message_id, number)
            else:
                journey = self._journey(context, number, knobs, voice, settings)
                fact = await self._run(journey, voice, settings.run_seconds)
                await voice.record(fact)
            await self._tell_end(fact, voice, committed)

    async def abandon(self, event: GenerationRequested, number: int, code: str, why: str) -> None:
        """Ends a message that no attempt could bring to its end."""
        question = GetContext(message_id=event.message_id, history=0)
        context = await rpc.ask(self._bus.client, GET_CONTEXT, question)
        writer = await RunWriter.open(self._bus, event.message_id, number)
        voice = RunVoice(writer, event.message_id, number, time.monotonic)
        fact = ending.abandoned(event.message_id, number, RunEnded(code, why))
        async with commit_of(self._bus.client, context) as committed:
            await voice.record(fact)
            await self._tell_end(fact, voice, committed)

    def _journey(
        self,
        context: GenerationContext,
        number: int,
        knobs: Knobs,
        voice: RunVoice,
        settings: AgentSettings,
    ) -> Journey:
        workshop = RemoteWorkshop(
            self._bus,
            self._blobs,
            self._cards,
            context.message_id,
            parallel=knobs.parallel_checks,
            seconds=settings.check_seconds,
        )
        return Journey(context, number, knobs, self._model, voice, workshop, time.monotonic)

    async def _run(self, journey: Journey, voice: RunVoice, seconds: float) -> RunFinished:
        """Walks the journey; whatever ends it, the fact says how."""
        message_id = journey.context.message_id
        await self._begin(journey, voice)
        try:
            with self._cancels.watch(message_id) as cancelled:
                async with asyncio.timeout(seconds):
                    result = await beside(
                        journey.walk(), voice.pump(), self._stop_when(cancelled, message_id)
                    )
        except TimeoutError:
            return await self._fail(
                journey, RunEnded("deadline", f"The run took longer than {seconds:.0f} s.")
            )
        except RunEnded as ended:
            return await self._fail(journey, ended)
        files = await self._put(dict(result.version.tree.files))
        return ending.succeeded(journey, result, files, str(uuid7()))

    async def _begin(self, journey: Journey, voice: RunVoice) -> None:
        await voice.rewind(0)  # an earlier attempt's tail is not part of this one
        await voice.record(
            RunStarted(
                event_id=f"{journey.context.message_id}:{journey.attempt}:started",
                message_id=journey.context.message_id,
                attempt=journey.attempt,
            )
        )
        await voice.say(StatusChanged(status=MessageStatus.STREAMING, attempt=journey.attempt))

    async def _stop_when(self, cancelled: asyncio.Event, message_id: str) -> None:
        if not await self._cancels.cancelled(message_id):
            await cancelled.wait()
        raise RunEnded("cancelled", "The run was cancelled. What was written so far is kept.")

    async def _fail(self, journey: Journey, ended: RunEnded) -> RunFinished:
        logger.info("run ended early", message_id=journey.context.message_id, code=ended.code)
        box = journey.toolbox
        touched = box is not None and journey.start and box.tree.changes_from(journey.start)
        files = await self._put(dict(box.tree.files)) if box and touched else {}
        return ending.failed(journey, ended, files, str(uuid7()))

    async def _put(self, files: dict[str, str]) -> dict[str, str]:
        return await self._blobs.put_tree({path: text.encode() for path, text in files.items()})

    async def _tell_end(self, fact: RunFinished, voice: RunVoice, committed: Committed) -> None:
        await committed.wait(COMMIT_SECONDS)
        for event in ending.last_events(fact, datetime.now(UTC)):
            await voice.say(event)

    async def _already_ended(self, message_id: str) -> tuple[int, RunFinished] | None:
        """The end that an earlier attempt wrote but perhaps did not tell, with its sequence."""
        subject = subjects.run_entry(message_id, RunKind.STATUS)
        async for entry in read_entries(self._bus.client, subject):
            fact = RUN_FACT.validate_json(entry.data)
            if isinstance(fact, RunFinished):
                return entry.seq, fact
        return None
