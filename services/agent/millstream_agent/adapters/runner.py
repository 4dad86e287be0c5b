"""One attempt at one message, from taking it up, or over, to the last event."""

import asyncio
import math
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any

import stamina
import structlog
from nats.js.kv import KeyValue
from uuid_utils import uuid7

from millstream_agent.adapters.commit import Committed, commit_of
from millstream_agent.adapters.journal import RunJournal
from millstream_agent.adapters.leaving import Leaving
from millstream_agent.adapters.past import Past, read_past
from millstream_agent.adapters.telemetry import Telemetry
from millstream_agent.adapters.voice import RunVoice
from millstream_agent.adapters.workshop import RemoteWorkshop
from millstream_agent.core import ending
from millstream_agent.core.context import TURNS
from millstream_agent.core.failures import HandedOver, RunEnded
from millstream_agent.core.gateway.ledger import Ledger
from millstream_agent.core.journey import Journey
from millstream_agent.core.knobs import Knobs
from millstream_agent.core.ports import Models
from millstream_agent.settings import AgentSettings
from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import MessageStatus
from millstream_shared.contracts.facts import RunFinished, RunStarted
from millstream_shared.contracts.generation import GenerationContext, GenerationRequested
from millstream_shared.contracts.runs import StatusChanged
from millstream_shared.contracts.store import GET_CONTEXT, GetContext, Refused
from millstream_shared.runtime import rpc
from millstream_shared.runtime.blobs import BlobStore
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.cancels import CancelBoard
from millstream_shared.runtime.run_log import RunWriter
from millstream_shared.runtime.tasks import beside

FAILED = "Millstream could not finish this run. Nothing was charged; please try again."
TOO_LONG = "The run took longer than it may. What was written so far is kept."
STOPPED = "The run was cancelled. What was written so far is kept."
COMMIT_SECONDS = 600.0
STORE_AWAY_SECONDS = 5.0
"""Longest pause between two questions to a store that is away."""
logger = structlog.get_logger()


class Runner:
    """Holds what all runs of a process share."""

    def __init__(
        self,
        bus: Bus,
        blobs: BlobStore,
        cards: KeyValue,
        cancels: CancelBoard,
        models: Models,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._bus = bus
        self._blobs = blobs
        self._cards = cards
        self._cancels = cancels
        self._models = models
        self._telemetry = telemetry or Telemetry()

    async def attempt(
        self,
        event: GenerationRequested,
        knobs: Knobs,
        settings: AgentSettings,
        leaving: Leaving | None = None,
        *,
        again: bool = False,
    ) -> None:
        """Brings the message to its end, going on where an earlier attempt was cut off.

        `again` says that it was asked for before, whatever the log knows of that. Raises Fenced,
        Transient, Refused by the store, or HandedOver when this process is `leaving`.
        """
        leaving = leaving or Leaving(math.inf)
        past = await read_past(self._bus, event.message_id)
        if past.told:  # all was said; only the word that this message is done was lost
            return
        context = await self._context(
            event.message_id, TURNS if knobs.lean else knobs.context_messages
        )
        number = max(past.attempts, context.attempt) + 1
        voice = self._voice(event.message_id, number, past)
        async with commit_of(self._bus.client, event) as committed:
            if past.end:
                fact = past.end
                await voice.rewind(past.end_seq)
            elif context.status is MessageStatus.COMPLETE:  # its owner has answered it
                fact = ending.answered(event.message_id, number)
            else:
                reason = await self._reason_to_end(context, past, settings)
                barrier = partial(_barrier, reason, leaving)
                journal = RunJournal(past, voice, barrier, time.monotonic)
                ledger = self._ledger(event.message_id, number, past)
                journey = self._journey(context, number, knobs, voice, journal, settings, ledger)
                if again or number > 1:
                    await voice.take_over(past.mark)
                await self._begin(journey, voice)
                await ledger.write(voice)
                seconds = settings.run_seconds - past.worked
                running = self._run(journey, voice, seconds, watch_cancels=reason is None)
                with self._telemetry.run(event.message_id, number):
                    fact = await self._unless_leaving(running, voice, leaving, ledger)
                await ledger.write(voice)
                await voice.record(fact)
            await beside(self._tell_end(fact, voice, committed), leaving.too_late())

    def _ledger(self, message_id: str, number: int, past: Past) -> Ledger:
        ledger = Ledger(message_id, number, list(past.lines), self._telemetry.hear)
        for lost in past.lost:
            ledger.note_lost(lost, datetime.now(UTC))
        return ledger

    async def _unless_leaving(
        self,
        running: Coroutine[Any, Any, RunFinished],
        voice: RunVoice,
        leaving: Leaving,
        ledger: Ledger,
    ) -> RunFinished:
        try:
            return await beside(running, leaving.too_late())
        except HandedOver:
            await ledger.write(voice)
            await voice.hand_over()
            raise

    async def first_request(self, message_id: str) -> int | None:
        """The sequence of the oldest request for the message that is still queued or held."""
        return await self._bus.first(subjects.GENERATIONS, subjects.queued(message_id))

    async def _reason_to_end(
        self, context: GenerationContext, past: Past, settings: AgentSettings
    ) -> RunEnded | None:
        """Why the run may not go on. It still goes through what is finished, to keep the files."""
        if context.cancelled or await self._cancels.cancelled(context.message_id):
            return RunEnded("cancelled", STOPPED)
        if past.idle >= settings.max_attempts:
            logger.error("given up", message_id=context.message_id, attempts=past.attempts)
            return RunEnded("internal", FAILED)
        return None

    async def abandon(self, event: GenerationRequested, *, deleted: bool = False) -> None:
        """Ends a message that cannot be taken up, or whose project was `deleted`."""
        past = await read_past(self._bus, event.message_id)
        if past.told:
            return
        number = max(past.attempts, await self._stored_attempt(event.message_id)) + 1
        voice = self._voice(event.message_id, number, past)
        fact = past.end or ending.abandoned(event.message_id, number, RunEnded("internal", FAILED))
        async with commit_of(self._bus.client, event) as committed:
            if not past.end:
                await voice.record(fact)
            await self._tell_end(fact, voice, None if deleted else committed)

    async def _stored_attempt(self, message_id: str) -> int:
        question = GetContext(message_id=message_id, history=0)
        try:
            return (await rpc.ask(self._bus.client, GET_CONTEXT, question)).attempt
        except Refused:
            return 0

    async def _context(self, message_id: str, history: int) -> GenerationContext:
        """What the store knows. A store that is away is waited for: the message is held anyway."""
        question = GetContext(message_id=message_id, history=history)
        async for tried in stamina.retry_context(
            on=_is_away, attempts=None, timeout=None, wait_max=STORE_AWAY_SECONDS
        ):
            with tried:
                context = await rpc.ask(self._bus.client, GET_CONTEXT, question)
        return context

    def _voice(self, message_id: str, attempt: int, past: Past) -> RunVoice:
        writer = RunWriter(self._bus, message_id, attempt, past.seq)
        return RunVoice(writer, message_id, attempt, time.monotonic, past.said)

    def _journey(
        self,
        context: GenerationContext,
        number: int,
        knobs: Knobs,
        voice: RunVoice,
        journal: RunJournal,
        settings: AgentSettings,
        ledger: Ledger,
    ) -> Journey:
        workshop = RemoteWorkshop(
            self._bus,
            self._blobs,
            self._cards,
            context.message_id,
            parallel=knobs.parallel_checks,
            seconds=settings.check_seconds,
        )
        model = self._models.for_run(context, ledger)
        return Journey(
            context, number, knobs, model, voice, journal, workshop, time.monotonic, ledger
        )

    async def _run(
        self, journey: Journey, voice: RunVoice, seconds: float, watch_cancels: bool
    ) -> RunFinished:
        """Walks the journey; whatever ends it, the fact says how."""
        watching = [self._stop_when_cancelled(journey)] if watch_cancels else []
        try:
            async with asyncio.timeout(max(seconds, 0)):
                result = await beside(journey.walk(), voice.pump(), *watching)
        except TimeoutError:
            return await self._fail(journey, RunEnded("deadline", TOO_LONG))
        except RunEnded as ended:
            return await self._fail(journey, ended)
        files = await self._blobs.put_texts(result.version.tree.files)
        return ending.succeeded(journey, result, files, str(uuid7()))

    async def _begin(self, journey: Journey, voice: RunVoice) -> None:
        message_id, attempt = journey.context.message_id, journey.attempt
        await voice.record(
            RunStarted(
                event_id=f"{message_id}:{attempt}:started", message_id=message_id, attempt=attempt
            )
        )
        await voice.tell_store()  # a new attempt has emptied the content there
        await voice.say(StatusChanged(status=MessageStatus.STREAMING, attempt=attempt))

    async def _stop_when_cancelled(self, journey: Journey) -> None:
        await self._cancels.until_cancelled(journey.context.message_id)
        raise RunEnded("cancelled", STOPPED)

    async def _fail(self, journey: Journey, ended: RunEnded) -> RunFinished:
        logger.info("run ended early", message_id=journey.context.message_id, code=ended.code)
        box = journey.toolbox
        files = await self._blobs.put_texts(box.tree.files) if box and box.changed else {}
        return ending.failed(journey, ended, files, str(uuid7()))

    async def _tell_end(
        self, fact: RunFinished, voice: RunVoice, committed: Committed | None
    ) -> None:
        """`committed` is None when there is no message any more that could be COMPLETE."""
        if committed:
            await committed.wait(COMMIT_SECONDS)
        for event in ending.last_events(fact, datetime.now(UTC)):
            await voice.say(event)


def _barrier(reason: RunEnded | None, leaving: Leaving) -> Exception | None:
    return HandedOver("this agent is about to stop") if leaving.has_begun else reason


def _is_away(error: Exception) -> bool:
    return isinstance(error, Refused) and error.refusal.code == "unavailable"
