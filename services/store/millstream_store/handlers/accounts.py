"""Users, their keys and their credits."""

import hmac
from typing import Final

from millstream_shared.contracts.enums import Plan
from millstream_shared.contracts.facts import ModelUsage
from millstream_shared.contracts.keys import ApiKey
from millstream_shared.contracts.store import Authenticate, CreateKey, NewKey, OneUser
from millstream_shared.contracts.views import Principal, UsageView
from millstream_store.core.budgets import TokenLimits
from millstream_store.core.credits import WINDOW, standing
from millstream_store.core.ids import NewId, new_api_key
from millstream_store.core.refusals import refused
from millstream_store.handlers.ledger import spent_tokens
from millstream_store.settings import StoreSettings
from millstream_store.sql.session import Database, Row, Session

NO_SECRET: Final = "0" * 64
"""Compared with when the key is unknown, so that an answer takes as long either way."""


class Accounts:
    """Answers who is asking and what they may still do."""

    def __init__(self, database: Database, settings: StoreSettings, new_id: NewId) -> None:
        self._database = database
        self._limits = {Plan.FREE: settings.free_credits, Plan.PRO: settings.pro_credits}
        self._token_limits = TokenLimits(settings)
        self._new_id = new_id

    async def on_authenticate(self, request: Authenticate) -> Principal:
        async with self._database.reading() as session:
            key = await session.row("find_key", key_id=request.key_id)
            stored = key["secretSha256"] if key else NO_SECRET
            same = hmac.compare_digest(stored.encode(), request.secret_sha256.encode())
            if key is None or not same:
                raise refused("unauthorized", "the API key is unknown")
            if key["stale"]:
                await session.run("touch_key", key_id=request.key_id)
        return Principal(user_id=key["id"], name=key["name"], plan=key["plan"])

    async def on_create_key(self, request: CreateKey) -> NewKey:
        return await self.save_key(new_api_key(), request.user, request.plan)

    async def save_key(self, key: ApiKey, user: str, plan: Plan | None) -> NewKey:
        """Makes `key` valid for the user of that name, who is created when new."""
        if not user.strip():
            raise refused("invalid", "a user needs a name")
        async with self._database.transaction() as session:
            owner = await _save_user(session, self._new_id(), user, plan)
            await session.run(
                "save_key",
                key_id=key.key_id,
                user_id=owner["id"],
                secret_sha256=key.secret_sha256,
            )
        return NewKey(key=str(key), user_id=owner["id"], plan=owner["plan"])

    async def on_get_usage(self, request: OneUser) -> UsageView:
        async with self._database.reading() as session:
            user = await session.row("find_user", user_id=request.user_id)
            if user is None:
                raise refused("not_found", "there is no such user")
            now = await session.value("clock")
            since = now - WINDOW
            credit_rows = await session.rows(
                "counted_credits", user_id=request.user_id, since=since
            )
            tokens = await session.row("tokens_since", user_id=request.user_id, since=since)
            today = await spent_tokens(session, request.user_id)
        plan = Plan(user["plan"])
        state = standing([row["reservedAt"] for row in credit_rows], self._limits[plan], now)
        return UsageView(
            plan=plan,
            limit=state.limit,
            used=state.used,
            remaining=state.remaining,
            resets_at=state.resets_at,
            tokens=ModelUsage.model_validate(dict(tokens or {})),
            token_budget=self._token_limits.view(plan, today["day"], today["byUser"]),
        )


async def _save_user(session: Session, user_id: str, name: str, plan: Plan | None) -> Row:
    owner = await session.row("save_user", user_id=user_id, name=name, plan=plan)
    if owner is None:  # the statement inserts or updates, and returns its row either way
        raise AssertionError("saving a user returned no row")
    return owner
