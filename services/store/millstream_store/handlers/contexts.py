"""What an agent needs to know before it writes."""

from millstream_shared.contracts.enums import Plan
from millstream_shared.contracts.generation import GenerationContext, Turn
from millstream_shared.contracts.store import GetContext
from millstream_store.core.budgets import TokenLimits
from millstream_store.core.refusals import no_message
from millstream_store.handlers.ledger import spent_tokens
from millstream_store.settings import StoreSettings
from millstream_store.sql.session import Database
from millstream_store.sql.views import text_files


class Contexts:
    def __init__(self, database: Database, settings: StoreSettings) -> None:
        self._database = database
        self._limits = TokenLimits(settings)

    async def on_get_context(self, request: GetContext) -> GenerationContext:
        async with self._database.reading() as session:
            message = await session.row("find_context", message_id=request.message_id)
            if message is None:
                raise no_message()
            before = {"project_id": message["projectId"], "asked_at": message["askedAt"]}
            turns = await session.rows("find_history", limit=max(0, request.history), **before)
            files = await session.value("find_current_files", **before)
            spent = await spent_tokens(session, message["userId"], message["projectId"])
        return GenerationContext(
            message_id=message["id"],
            project_id=message["projectId"],
            status=message["status"],
            attempt=message["attempt"],
            cancelled=message["cancelled"],
            user_id=message["userId"],
            budget=self._limits.budget(
                Plan(message["plan"]), spent["day"], spent["byUser"], spent["byProject"]
            ),
            cache=message["cache"],
            prompt=message["prompt"],
            framework=message["framework"],
            history=tuple(
                Turn(role=turn["role"], content=turn["content"]) for turn in reversed(turns)
            ),
            files=text_files(files or {}),
        )
