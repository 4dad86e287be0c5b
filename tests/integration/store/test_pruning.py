"""Pruning: what has served its time goes, all else stays."""

import asyncio
from datetime import timedelta

import pytest

from millstream_shared.contracts.enums import Framework, MessageType
from millstream_shared.contracts.facts import FragmentDraft, RunFinished
from millstream_shared.contracts.store import OneProject
from millstream_store.handlers.pruning import Pruning
from tests.integration.store.stored import Store

AGING = {
    "Inbox": (
        """INSERT INTO "Inbox" ("eventId", "at") SELECT 'n' || n, now() - $1::interval
        FROM generate_series(1, 1200) n""",
        (71, 73),
    ),
    "Outbox": (
        """INSERT INTO "Outbox" ("eventId", "subject", "payload", "createdAt", "publishedAt")
        SELECT 'n' || n, 'message.a.b.PENDING', '', now() - $1::interval, now()
        FROM generate_series(1, 1200) n""",
        (167, 169),
    ),
    "IdempotencyKey": (
        """INSERT INTO "IdempotencyKey"
            ("userId", "key", "requestSha256", "messageId", "createdAt")
        SELECT p."userId", 'k' || n, '', m."id", now() - $1::interval
        FROM generate_series(1, 1200) n, "Message" m JOIN "Project" p ON p."id" = m."projectId"
        WHERE m."replyTo" IS NOT NULL""",
        (23, 25),
    ),
    "Blob": (
        """INSERT INTO "Blob" ("sha256", "data", "savedAt")
        SELECT 'n' || n, '', now() - $1::interval FROM generate_series(1, 250) n""",
        (23, 25),
    ),
}


@pytest.mark.parametrize("table", AGING)
async def test_what_is_too_old_goes(store: Store, table: str) -> None:
    """In more than one batch; what is a bit younger stays."""
    insert, (young, old) = AGING[table]
    await store.begun()
    before = await store.sql(f'SELECT FROM "{table}"')
    await store.sql(insert, timedelta(hours=old))
    await Pruning(store.database).prune()
    assert await store.sql(f'SELECT FROM "{table}"') == before
    await store.sql(insert, timedelta(hours=young))
    await Pruning(store.database).prune()
    assert len(await store.sql(f'SELECT FROM "{table}"')) > len(before)


async def test_an_unpublished_row_never_goes(store: Store) -> None:
    """However old it is, somebody waits for it."""
    await store.begun()
    await store.sql("""UPDATE "Outbox" SET "createdAt" = now() - interval '1 year'""")
    await Pruning(store.database).prune()
    assert len(await store.sql('SELECT FROM "Outbox"')) == 2


async def test_blobs_of_results_stay_while_the_results_do(store: Store) -> None:
    """Named by a source file or by a preview; they go after their project was deleted."""
    user, message = await store.begun()
    await keep(store, message)
    await store.sql("""UPDATE "Blob" SET "savedAt" = now() - interval '2 days'""")
    await Pruning(store.database).prune()
    assert len(await store.sql('SELECT FROM "Blob"')) == 2
    project = (await store.message(user, message)).project_id
    await store.projects.on_delete_project(OneProject(user_id=user, project_id=project))
    await Pruning(store.database).prune()
    assert await store.sql('SELECT FROM "Blob"') == []


async def test_an_old_blob_that_is_named_anew_is_young_again(store: Store) -> None:
    """Its age counts from the last result with it, so that none loses contents while it is stored,
    whoever prunes meanwhile."""
    user, message = await store.begun()
    await keep(store, message)
    await store.sql("""UPDATE "Blob" SET "savedAt" = now() - interval '2 days'""")
    other = await store.begin(user, await store.project(user))
    pruning = Pruning(store.database)
    await asyncio.gather(keep(store, other.message.id), *(pruning.prune() for _ in range(3)))
    for project in await store.sql('SELECT "id" FROM "Project"'):
        asked = OneProject(user_id=user, project_id=project["id"])
        await store.projects.on_delete_project(asked)
    await pruning.prune()
    assert len(await store.sql('SELECT FROM "Blob"')) == 2


async def keep(store: Store, message: str) -> None:
    """A result with a binary file and a preview."""
    draft = FragmentDraft(
        fragment_id=f"f-{message}",
        title="App",
        framework=Framework.REACT,
        files=await store.blobs.put_tree({"logo.png": b"\x89PNG\x00"}),
        preview=await store.blobs.put_tree({"index.html": b"<h1>Hi</h1>"}),
    )
    await store.tell(
        RunFinished(
            event_id=f"end-{message}",
            message_id=message,
            attempt=1,
            outcome=MessageType.RESULT,
            content="Done.",
            fragment=draft,
        )
    )
