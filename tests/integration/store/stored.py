"""A store's handlers, with short words for what tests say often."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from millstream_shared.contracts.enums import MessageStatus, Plan
from millstream_shared.contracts.facts import Fact
from millstream_shared.contracts.store import (
    BeginGeneration,
    CreateKey,
    CreateProject,
    GenerationBegun,
    MessageCancelled,
    OneMessage,
    UpdateMessage,
)
from millstream_shared.contracts.views import MessageRow, MessageView
from millstream_shared.runtime.blobs import BlobStore
from millstream_store.adapters.postgres import Postgres
from millstream_store.adapters.result_blobs import ResultBlobs
from millstream_store.core.ids import new_id
from millstream_store.handlers.accounts import Accounts
from millstream_store.handlers.cancelling import Cancels
from millstream_store.handlers.contexts import Contexts
from millstream_store.handlers.figures import FiguresOfUsers
from millstream_store.handlers.fragments import Fragments
from millstream_store.handlers.generations import Generations
from millstream_store.handlers.ledger import Ledger
from millstream_store.handlers.lines import Lines
from millstream_store.handlers.messages import Messages
from millstream_store.handlers.projects import Projects
from millstream_store.handlers.run_facts import RunFacts
from millstream_store.settings import StoreSettings
from tests.support.postgres import connection_to

PUBLIC_EVENTS = """
    SELECT "subject" FROM "Outbox" WHERE "subject" LIKE 'message.%' ORDER BY "id"
"""

ODD_CREDITS = """
    SELECT m."id", m."status", m."type", c."state"
    FROM "Message" m LEFT JOIN "Credit" c ON c."messageId" = m."id"
    WHERE m."replyTo" IS NOT NULL AND c."state"::text IS DISTINCT FROM CASE
        WHEN m."status" <> 'COMPLETE' THEN 'RESERVED'
        WHEN m."type" = 'RESULT' THEN 'SETTLED'
        ELSE 'REFUNDED'
    END
"""
"""Every answer has one credit, which tells of its end; returns those that have not."""


@dataclass
class Store:
    """One store's handlers, with short words for what tests say often."""

    database: Postgres
    url: str
    blobs: BlobStore
    settings: StoreSettings
    rings: list[None] = field(default_factory=list)

    def __post_init__(self) -> None:
        ring = partial(self.rings.append, None)
        lines = self.lines = Lines(self.settings)
        self.accounts = Accounts(self.database, self.settings, new_id)
        self.projects = Projects(self.database, lines, new_id, ring)
        self.generations = Generations(self.database, self.settings, lines, new_id, ring)
        self.messages = Messages(self.database, lines, new_id, ring)
        self.cancels = Cancels(self.database, lines, new_id, ring)
        self.fragments = Fragments(self.database)
        self.contexts = Contexts(self.database, self.settings)
        self.ledger = Ledger(self.database)
        self.figures = FiguresOfUsers(self.database)
        self.facts = RunFacts(self.database, ResultBlobs(self.blobs), lines, new_id, ring)

    async def user(self, name: str = "ann", plan: Plan = Plan.FREE) -> str:
        return (await self.accounts.on_create_key(CreateKey(user=name, plan=plan))).user_id

    async def project(self, user: str, **more: Any) -> str:
        made = await self.projects.on_create_project(CreateProject(user_id=user, **more))
        return made.id

    async def begin(
        self, user: str, project: str, content: str = "A todo app", **more: Any
    ) -> GenerationBegun:
        return await self.generations.on_begin_generation(
            BeginGeneration(user_id=user, project_id=project, content=content, **more)
        )

    async def begun(self) -> tuple[str, str]:
        """A new user's new message: the user's id and the message's."""
        user = await self.user()
        begun = await self.begin(user, await self.project(user))
        return user, begun.message.id

    async def message(self, user: str, message_id: str) -> MessageView:
        return await self.messages.on_get_message(OneMessage(user_id=user, message_id=message_id))

    async def patch(
        self, user: str, message_id: str, content: str, status: MessageStatus | None = None
    ) -> MessageRow:
        asked = UpdateMessage(user_id=user, message_id=message_id, content=content)
        if status:
            asked = asked.model_copy(update={"status": status})
        return await self.messages.on_update_message(asked)

    async def cancel(self, user: str, message_id: str) -> MessageCancelled:
        asked = OneMessage(user_id=user, message_id=message_id)
        return await self.cancels.on_cancel_message(asked)

    async def tell(self, *facts: Fact) -> None:
        """Facts that must all be applied."""
        failures = await self.facts.on_run_facts([fact.encode() for fact in facts])
        assert failures == [None] * len(facts)

    async def sql(self, query: str, *arguments: object) -> list[dict[str, Any]]:
        """A look behind the scenes."""
        async with connection_to(self.url) as connection:
            return [dict(row) for row in await connection.fetch(query, *arguments)]

    async def odd_credits(self) -> list[dict[str, Any]]:
        """Messages whose credit does not fit them; there must be none at any moment."""
        return await self.sql(ODD_CREDITS)


async def eventually(question: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    """Returns when `question` is answered with yes; raises TimeoutError when it never is."""
    async with asyncio.timeout(seconds):
        while True:
            if await question():
                return
            await asyncio.sleep(0.05)
