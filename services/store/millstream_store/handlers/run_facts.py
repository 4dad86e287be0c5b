"""What runs tell of themselves, applied once each: `run.*.status` of the run log."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog
from pydantic import ValidationError

from millstream_shared.contracts.enums import MessageType
from millstream_shared.contracts.facts import (
    ContentGrew,
    FragmentDraft,
    FrameworkSelected,
    ModelAttempted,
    RunFact,
    RunFinished,
    RunStarted,
)
from millstream_shared.runtime.errors import Transient
from millstream_store.core.ids import NewId
from millstream_store.core.lifecycle import Event, Happening
from millstream_store.core.results import Result, lost, unstorable
from millstream_store.core.texts import read_fact
from millstream_store.handlers.changing import move
from millstream_store.handlers.finishing import end_credit, keep_result
from millstream_store.handlers.ledger import keep_attempt
from millstream_store.handlers.lines import Lines
from millstream_store.handlers.recording import Ring
from millstream_store.sql.session import Database, Session

log = structlog.get_logger("millstream.store.facts")


class Results(Protocol):
    """Where the contents of a result's files come from."""

    async def fetch(self, draft: FragmentDraft) -> Result | None:
        """The result with its contents, None when they are gone; raises Transient."""
        ...


@dataclass(frozen=True)
class Reading:
    """A fact with all that must be fetched before a transaction is opened."""

    fact: RunFact
    result: Result | None = None


class RunFacts:
    """Applies facts in batches: one transaction for all, or one each when one of them is bad."""

    def __init__(
        self, database: Database, results: Results, lines: Lines, new_id: NewId, ring: Ring
    ) -> None:
        self._database = database
        self._results = results
        self._lines = lines
        self._new_id = new_id
        self._ring = ring

    async def on_run_facts(self, batch: Sequence[bytes]) -> list[BaseException | None]:
        """For each fact of `batch` why it could not be applied, None when it could.

        Raises DatabaseAway when nothing can be applied for now.
        """
        readings = await asyncio.gather(
            *(self._read(data) for data in batch), return_exceptions=True
        )
        good = [reading for reading in readings if isinstance(reading, Reading)]
        failures = iter(await self._apply_together(good))
        self._ring()
        return [next(failures) if isinstance(reading, Reading) else reading for reading in readings]

    async def on_hopeless_fact(self, data: bytes) -> None:
        """Ends the message of a run whose end cannot be stored, so that it does not block its line.

        Raises DatabaseAway.
        """
        try:
            fact = read_fact(data)
        except ValidationError:
            return
        if isinstance(fact, RunFinished):
            failure = await self._apply_alone(Reading(unstorable(fact)))
            log.error("a run's end cannot be stored", message=fact.message_id, error=repr(failure))
            self._ring()

    async def _read(self, data: bytes) -> Reading:
        fact = read_fact(data)
        if not isinstance(fact, RunFinished) or fact.fragment is None:
            return Reading(fact)
        result = await self._results.fetch(fact.fragment)
        return Reading(fact, result) if result else Reading(lost(fact))

    async def _apply_together(self, readings: Sequence[Reading]) -> list[Exception | None]:
        try:
            await self._apply_all(readings)
        except Transient:
            raise
        except Exception as error:  # noqa: BLE001 - one bad fact, of whatever kind, must not block the others
            log.warning("a fact cannot be applied; trying each alone", error=repr(error))
            return [await self._apply_alone(reading) for reading in readings]
        return [None] * len(readings)

    async def _apply_alone(self, reading: Reading) -> Exception | None:
        try:
            await self._apply_all([reading])
        except Transient:
            raise
        except Exception as error:  # noqa: BLE001 - it is reported and handed back, see above
            return error
        return None

    async def _apply_all(self, readings: Sequence[Reading]) -> None:
        """In one transaction, with whoever is next in line once a run has ended."""
        facts = [reading.fact for reading in readings]
        ended = [fact.message_id for fact in facts if isinstance(fact, RunFinished)]
        async with self._database.transaction() as session:
            owners = await session.rows("lock_owners", message_ids=ended) if ended else []
            await session.run("lock_messages", message_ids=[fact.message_id for fact in facts])
            for reading in readings:
                await self._apply(session, reading)
            for owner in owners:
                await self._lines.advance(session, owner)

    async def _apply(self, session: Session, reading: Reading) -> None:
        fact = reading.fact
        if isinstance(fact, ModelAttempted):
            await keep_attempt(session, fact)
            return
        if not await session.value("remember_event", event_id=fact.event_id):
            return
        message = await session.row("lock_message", message_id=fact.message_id)
        if message is None:
            log.info("a fact of an unknown message", message=fact.message_id, fact=fact.type)
        elif fact.attempt < message["attempt"]:
            return
        elif isinstance(fact, FrameworkSelected):
            await session.run(
                "select_framework", message_id=fact.message_id, framework=fact.framework
            )
        else:
            await move(session, message, _happening(fact), fact.type, self._new_id)
        if isinstance(fact, RunFinished):
            if message is not None:
                await keep_result(session, fact, reading.result, message["now"])
            # Also when the message was deleted meanwhile: its credit is still there.
            await end_credit(session, fact.message_id, MessageType(fact.outcome), fact.usage)


def _happening(fact: RunStarted | ContentGrew | RunFinished) -> Happening:
    match fact:
        case RunStarted():
            return Happening(Event.STARTED, fact.attempt)
        case ContentGrew():
            return Happening(Event.GREW, fact.attempt, text=fact.text, offset=fact.offset)
        case RunFinished():
            return Happening(
                Event.FINISHED,
                fact.attempt,
                text=fact.content,
                outcome=MessageType(fact.outcome),
            )
