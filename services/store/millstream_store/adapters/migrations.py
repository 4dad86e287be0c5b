"""Forward-only migrations: each in its own transaction, all under one lock, none ever edited."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

import asyncpg
import structlog

from millstream_store.adapters.postgres import QUERY_SECONDS, translated

LOCK: Final = 0x6D696C6C  # "mill": any number will do as long as all replicas use the same

RECORD_TABLE: Final = """
CREATE TABLE IF NOT EXISTS "SchemaMigration" (
    "name" TEXT PRIMARY KEY,
    "sha256" TEXT NOT NULL,
    "appliedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
)
"""

log = structlog.get_logger("millstream.store.migrations")


class MigrationEdited(Exception):
    """An applied migration's text has changed; write a new migration instead."""


@dataclass(frozen=True)
class Migration:
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def shipped_migrations() -> list[Migration]:
    """The migrations of this version, in order."""
    folder = files("millstream_store.sql").joinpath("migrations")
    found = [file for file in folder.iterdir() if file.name.endswith(".sql")]
    return [Migration(file.name, file.read_text("utf-8")) for file in sorted(found, key=_name)]


async def migrate(database_url: str, migrations: list[Migration]) -> list[str]:
    """Applies what is missing and returns its names; replicas that start together take turns.

    Raises MigrationEdited before anything is changed, DatabaseAway when there is no database.
    """
    with translated():
        connection = await asyncpg.connect(
            database_url, timeout=QUERY_SECONDS, server_settings={"timezone": "UTC"}
        )
        try:  # closing the connection gives the lock back
            await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
            return await _apply_missing(connection, migrations)
        finally:
            await connection.close()


async def _apply_missing(connection: Any, migrations: list[Migration]) -> list[str]:
    await connection.execute(RECORD_TABLE)
    rows = await connection.fetch('SELECT "name", "sha256" FROM "SchemaMigration"')
    applied = {row["name"]: row["sha256"] for row in rows}
    _refuse_edited(applied, migrations)
    missing = [migration for migration in migrations if migration.name not in applied]
    for migration in missing:
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(
                'INSERT INTO "SchemaMigration" ("name", "sha256") VALUES ($1, $2)',
                migration.name,
                migration.sha256,
            )
        log.info("migration applied", migration=migration.name)
    return [migration.name for migration in missing]


def _refuse_edited(applied: Mapping[str, str], migrations: list[Migration]) -> None:
    for migration in migrations:
        if applied.get(migration.name, migration.sha256) != migration.sha256:
            raise MigrationEdited(
                f"{migration.name} was applied with another text; restore it and write a new one"
            )


def _name(file: Any) -> str:
    name: str = file.name
    return name
