"""Migrations: from nothing, from the previous system's database, and from both of its changes."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from millstream_store.adapters.migrations import MigrationEdited, migrate, shipped_migrations
from tests.support.postgres import PostgresServer, connection_to

SEED = Path(__file__).parent / "seed"
NAMES = [
    "0001_seed_shape.sql",
    "0002_streaming_status.sql",
    "0003_millstream.sql",
    "0004_lines.sql",
    "0005_ledger.sql",
]

COLUMNS = """
SELECT table_name, column_name, udt_name, is_nullable, column_default
FROM information_schema.columns WHERE table_schema = 'public'
ORDER BY table_name, column_name
"""
RULES = """
SELECT conrelid::regclass::text AS table_name, pg_get_constraintdef(oid) AS rule
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'u'
ORDER BY 1, 2
"""


async def run_script(url: str, *names: str) -> None:
    async with connection_to(url) as connection:
        for name in names:
            await connection.execute((SEED / name).read_text())


async def shape(url: str) -> list[tuple[object, ...]]:
    async with connection_to(url) as connection:
        rows = [*await connection.fetch(COLUMNS), *await connection.fetch(RULES)]
    return [tuple(row.values()) for row in rows]


async def test_a_fresh_database_gets_everything_once(database_url: str) -> None:
    """All migrations are applied in order; a second time there is nothing to do."""
    assert await migrate(database_url, shipped_migrations()) == NAMES
    assert await migrate(database_url, shipped_migrations()) == []


@pytest.mark.parametrize(
    "scripts",
    [("before.sql",), ("before.sql", "after_varchar.sql"), ("before.sql", "after_enum.sql")],
    ids=lambda scripts: scripts[-1],
)
async def test_an_existing_database_is_taken_over(
    database_url: str, migrated: str, postgres: PostgresServer, scripts: tuple[str, ...]
) -> None:
    """Whatever shape it had, rows stay, all of them COMPLETE, and the shape becomes the same."""
    await run_script(database_url, *scripts)
    assert await migrate(database_url, shipped_migrations()) == NAMES
    async with connection_to(database_url) as connection:
        messages = await connection.fetch('SELECT "id", "status", "type" FROM "Message" ORDER BY 1')
        projects = await connection.fetch('SELECT "id", "framework" FROM "Project" ORDER BY 1')
        users = await connection.fetch('SELECT "id", "name", "plan" FROM "User" ORDER BY 1')
        usage = await connection.fetch('SELECT "key", "points" FROM "Usage"')
    assert [tuple(row) for row in messages] == [
        ("m1", "COMPLETE", "RESULT"),
        ("m2", "COMPLETE", "RESULT"),
        ("m3", "COMPLETE", "RESULT"),
        ("m4", "COMPLETE", "ERROR"),
    ]
    assert [tuple(row) for row in projects] == [("p1", "NEXTJS"), ("p2", "VUE"), ("p3", "NEXTJS")]
    assert [tuple(row) for row in users] == [("ann", "ann", "free"), ("bob", "bob", "free")]
    assert [tuple(row) for row in usage] == [("rlflx:ann", 2)]
    assert await shape(database_url) == await shape(await postgres.create_database(migrated))


async def test_an_old_client_can_still_write(database_url: str) -> None:
    """A writer that does not know the status makes COMPLETE messages."""
    await run_script(database_url, "before.sql")
    await migrate(database_url, shipped_migrations())
    async with connection_to(database_url) as connection:
        status = await connection.fetchval(
            """
            INSERT INTO "Message" ("id", "content", "role", "type", "projectId", "updatedAt")
            VALUES ('m5', 'Hi', 'USER', 'RESULT', 'p1', now()) RETURNING "status"
            """
        )
    assert status == "COMPLETE"


async def test_messages_in_progress_count_as_dispatched(database_url: str) -> None:
    """Before there were lines, every message went to the agents at once."""
    *before, lines = shipped_migrations()[:4]
    await migrate(database_url, before)
    async with connection_to(database_url) as connection:
        await connection.execute(
            """
            INSERT INTO "Project" ("id", "name", "userId") VALUES ('p', 'New', 'ann');
            INSERT INTO "Message" ("id", "content", "role", "type", "status", "projectId")
            VALUES ('m1', '', 'ASSISTANT', 'STREAMING', 'STREAMING', 'p'),
                ('m2', '', 'ASSISTANT', 'STREAMING', 'PENDING', 'p'),
                ('m3', '', 'ASSISTANT', 'RESULT', 'COMPLETE', 'p')
            """
        )
    await migrate(database_url, [*before, lines])
    async with connection_to(database_url) as connection:
        rows = await connection.fetch(
            """SELECT "dispatchedAt" = "createdAt", "lane" FROM "Message" ORDER BY "id" """
        )
    assert [tuple(row) for row in rows] == [(True, "high"), (True, "high"), (None, None)]


async def test_a_framework_that_nobody_chose_is_visible(database_url: str) -> None:
    """A new project has no framework; an existing one keeps its own."""
    await migrate(database_url, shipped_migrations())
    async with connection_to(database_url) as connection:
        framework = await connection.fetchval(
            """
            INSERT INTO "Project" ("id", "name", "userId") VALUES ('p', 'New', 'ann')
            RETURNING "framework"
            """
        )
    assert framework is None


async def test_replicas_that_start_together_migrate_once(database_url: str) -> None:
    """Eight at once: one applies, the others find it done."""
    runs = await asyncio.gather(*(migrate(database_url, shipped_migrations()) for _ in range(8)))
    assert sorted(runs) == [[]] * 7 + [NAMES]


async def test_an_edited_migration_is_refused(database_url: str) -> None:
    """Nothing is applied when an applied migration's text has changed."""
    first, *others = shipped_migrations()
    await migrate(database_url, [first])
    edited = replace(first, sql=first.sql + "\n-- a small improvement")
    with pytest.raises(MigrationEdited, match="0001_seed_shape"):
        await migrate(database_url, [edited, *others])
    async with connection_to(database_url) as connection:
        names = await connection.fetch('SELECT "name" FROM "SchemaMigration"')
    assert [row["name"] for row in names] == ["0001_seed_shape.sql"]


async def test_a_failing_migration_leaves_nothing_behind(database_url: str) -> None:
    """Each migration is one transaction with its own record."""
    first, second, *_ = shipped_migrations()
    broken = replace(second, sql=second.sql + "\nSELECT no_such_function();")
    with pytest.raises(Exception, match="no_such_function"):
        await migrate(database_url, [first, broken])
    assert await migrate(database_url, shipped_migrations()) == NAMES[1:]
