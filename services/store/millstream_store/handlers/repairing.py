"""Repair: messages that are with the agents by our account, but of which the broker knows nothing.

A request may be lost with the broker's files. What is missing at two looks in a row, with no word
of its run in between, is asked for again. A request too many does no harm: an agent that finds the
run already told acknowledges it, and of two writers of a run the fence lets one through.
"""

from collections.abc import Mapping
from typing import Final, Protocol

import structlog

from millstream_shared.contracts.generation import GenerationRequested
from millstream_store.handlers.lines import Lines, requested
from millstream_store.handlers.recording import Ring
from millstream_store.sql.session import Database, Row

LOCK: Final = 0x73776565  # "swee": any number of its own, the same for all replicas
PATIENCE: Final = 2
"""Sweeps before a message that the broker does not know of is looked at."""

Trace = tuple[int, object]
"""Attempt and last change: what moves when a fact is applied."""

log = structlog.get_logger("millstream.store.repair")


class Queue(Protocol):
    """The agents' queue. Raises Transient when the broker does not answer."""

    async def known(self) -> set[str]:
        """The messages that wait for an agent, or are held by one."""
        ...

    async def repeat(self, request: GenerationRequested) -> None:
        """Asks again, whatever was asked before."""
        ...


class Repair:
    """Replicas may sweep at once: only one of them asks again."""

    def __init__(
        self, database: Database, queue: Queue, lines: Lines, seconds: float, ring: Ring
    ) -> None:
        self._database = database
        self._queue = queue
        self._lines = lines
        self._seconds = seconds
        self._ring = ring
        self._missing: Mapping[str, Trace] = {}

    async def sweep(self) -> None:
        """One look; raises Transient when broker or database are away."""
        await self._ask_again()
        await self._move_stalled_lines()

    async def _ask_again(self) -> None:
        async with self._database.transaction() as session:
            if not await session.value("try_lock", number=LOCK):
                return
            overdue = await session.rows("find_overdue", seconds=PATIENCE * self._seconds)
            known = await self._queue.known() if overdue else set()
            missing = {row["id"]: row for row in overdue if row["id"] not in known}
            before, self._missing = self._missing, {name: _trace(missing[name]) for name in missing}
            for name, row in missing.items():
                if before.get(name) == _trace(row):
                    await self._queue.repeat(requested(row))
                    log.warning("a request was lost; asked again", message=name)

    async def _move_stalled_lines(self) -> None:
        """A safety net: every end moves its line in its own transaction."""
        limits = self._lines.at_once
        async with self._database.reading() as session:
            stalled = await session.rows(
                "find_stalled_lines", plans=list(limits), limits=list(limits.values())
            )
        for row in stalled:
            async with self._database.transaction() as session:
                user = await session.row("lock_user", user_id=row["userId"])
                if user:
                    await self._lines.advance(session, user)
            log.warning("a line had stalled", user=row["userId"])
        if stalled:
            self._ring()


def _trace(row: Row) -> Trace:
    return row["attempt"], row["updatedAt"]
