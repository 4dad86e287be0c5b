"""Pruning: rows that have served their time, in batches."""

from typing import Final

import structlog

from millstream_store.sql.session import Database

BATCHES: Final = {
    "prune_inbox": 1_000,
    "prune_outbox": 1_000,
    "prune_idempotency_keys": 1_000,
    "prune_blobs": 100,  # of up to a megabyte each
}

log = structlog.get_logger("millstream.store.pruning")


class Pruning:
    """Replicas may prune at once: each takes what the others have not locked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def prune(self) -> None:
        """Everything that is due; raises Transient when the database is away."""
        for statement, batch in BATCHES.items():
            count = await self._prune(statement, batch)
            if count:
                log.info("pruned", statement=statement, rows=count)

    async def _prune(self, statement: str, batch: int) -> int:
        total = 0
        while True:
            async with self._database.reading() as session:
                gone = len(await session.rows(statement, limit=batch))
            total += gone
            if gone < batch:
                return total
