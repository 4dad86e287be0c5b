"""Publishes what the outbox holds: after the commit, in order, under the event's own id."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import structlog
from nats.js.errors import APIError

from millstream_shared.contracts import subjects
from millstream_shared.contracts.model import utc_text
from millstream_shared.runtime.bus import Bus, QueueFull
from millstream_shared.runtime.errors import Transient
from millstream_store.sql.session import Database, Row

BATCH: Final = 100
POLL_SECONDS: Final = 0.5
PUBLISH_SECONDS: Final = 4.0
"""For a whole batch: its rows are locked meanwhile, and a broker may be slow or away."""
EVENT_TYPE: Final = "millstream.message.status.changed.v1"
SOURCE: Final = "/millstream/store"
PUBLIC: Final = "message."
"""Where public events begin; the rest are requests for agents."""

log = structlog.get_logger("millstream.store.outbox")


class OutboxRelay:
    """`ring` wakes it at once; rows of a replica that died are found by polling."""

    def __init__(self, database: Database, bus: Bus, bell: asyncio.Event) -> None:
        self._database = database
        self._bus = bus
        self._bell = bell

    async def run(self) -> None:
        """Until cancelled. A row that was published but not marked is published again, and
        dropped by the broker, which knows its id."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._bell.wait()
            self._bell.clear()
            try:
                while await self.publish_batch() == BATCH:
                    pass
            except Transient as error:
                log.warning("the outbox waits for the database", error=str(error))

    async def publish_batch(self) -> int:
        """Publishes the oldest rows and returns how many the broker took."""
        async with self._database.transaction() as session:
            rows = await session.rows("lock_unpublished", limit=BATCH)
            if not rows:
                return 0
            published = await self._publish(rows)
            await session.run("mark_published", ids=published)
        return len(published)

    async def _publish(self, rows: Sequence[Row]) -> list[int]:
        """The ids of the rows up to the first one that the broker did not take.

        A full queue of generations holds up only its own rows, not the public events.
        """
        published: list[int] = []
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                for row in rows:
                    with suppress(QueueFull):
                        await self._publish_row(row)
                        published.append(row["id"])
        except (Transient, APIError, TimeoutError) as error:
            log.warning("the outbox waits for the broker", error=repr(error))
        return published

    async def _publish_row(self, row: Row) -> None:
        public = row["subject"].startswith(PUBLIC)
        await self._bus.publish(
            subjects.EVENTS if public else subjects.GENERATIONS,
            row["subject"],
            row["payload"],
            message_id=row["eventId"],
            headers=cloud_event_headers(row) if public else None,
        )


def cloud_event_headers(row: Row) -> dict[str, str]:
    """CloudEvents 1.0 in binary mode, as the NATS protocol binding has it."""
    return {
        "ce-specversion": "1.0",
        "ce-type": EVENT_TYPE,
        "ce-source": SOURCE,
        "ce-id": row["eventId"],
        "ce-subject": row["subject"],
        "ce-time": utc_text(row["createdAt"]),
        "content-type": "application/json",
    }
