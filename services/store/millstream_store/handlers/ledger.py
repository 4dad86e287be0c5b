"""The ledger of model calls: one row for each attempt at one, whatever became of it and its run."""

from millstream_shared.contracts.facts import ModelAttempted
from millstream_shared.contracts.store import Attempts, OneMessage
from millstream_shared.contracts.views import AttemptView
from millstream_store.core.refusals import no_message
from millstream_store.sql.session import Database, Row, Session


async def keep_attempt(session: Session, fact: ModelAttempted) -> None:
    """Records it once, by its event id. It moves no message, and no message's state keeps it out:
    what an overtaken or ended run has spent is spent.
    """
    await session.run("record_attempt", fact=fact.model_dump(mode="json", by_alias=True))


async def spent_tokens(session: Session, user_id: str, project_id: str | None = None) -> Row:
    """The current `day` (midnight UTC), and tokens spent: that day `byUser`, ever `byProject`."""
    spent = await session.row("spent_tokens", user_id=user_id, project_id=project_id)
    if spent is None:  # a sum of nothing is a row, too
        raise AssertionError("adding up tokens returned no row")
    return spent


class Ledger:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def on_list_attempts(self, request: OneMessage) -> Attempts:
        asked = request.model_dump()
        async with self._database.reading() as session:
            if not await session.row("find_own_message", **asked):
                raise no_message()
            rows = await session.rows("list_attempts", **asked)
        return Attempts(items=tuple(AttemptView.model_validate(dict(row)) for row in rows))
