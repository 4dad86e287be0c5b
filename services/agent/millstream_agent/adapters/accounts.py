"""Accounts that all agents share: a key each in the bucket BUDGETS, moved by compare-and-set."""

import math
from typing import Final, NamedTuple
from uuid import uuid4

import stamina
from nats.errors import Error as NatsError
from nats.js import api
from nats.js.errors import APIError, NotFoundError

from millstream_agent.core.budgets import Scope
from millstream_shared.contracts import subjects
from millstream_shared.contracts.digest import sha256
from millstream_shared.contracts.model import Contract
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.errors import Transient

STREAM: Final = f"KV_{subjects.BUDGETS}"
LOST_RACE: Final = (10071, 10164)  # JSStreamWrongLastSequenceErrF and its constant form

WRITES_KEPT: Final = 16

persistently = stamina.retry(on=Transient, attempts=4, timeout=20)
"""Outlasts a broker that restarts, as the writer of the run log does."""


class Balance(Contract):
    """An account's entry: tokens spent, those paid ahead included, and the ids of its last writes.

    Who heard nothing of its own write looks for it there. The broker cannot be asked: it checks the
    revision that a write expects before it looks whether it has the write already.
    """

    spent: int
    writes: tuple[str, ...] = ()


class Known(NamedTuple):
    """An entry as it was last seen; revision 0 is one that is not there."""

    revision: int
    balance: Balance


def account_subject(scope: Scope, owner: str) -> str:
    """Where the account is kept. `owner` may have any characters, so its digest is the key."""
    return f"$KV.{subjects.BUDGETS}.{scope}.{sha256(owner.encode())}"


class KvAccount:
    """See `budgets.Account`; methods raise Transient when the broker is away.

    It never counts less than `spent`, what the store has on record; a new account begins there. On
    a broker that lost everything it begins with what this process saw of it last.
    """

    def __init__(self, bus: Bus, scope: Scope, owner: str, limit: int, spent: int) -> None:
        self.scope = scope
        self.limit = limit
        self._bus = bus
        self._subject = account_subject(scope, owner)
        self._recorded = spent
        self._known: Known | None = None

    async def take(self, tokens: int) -> bool:
        return await self._add(tokens, self.limit)

    async def give_back(self, tokens: int) -> None:
        await self._add(-tokens, math.inf)

    async def charge(self, tokens: int) -> None:
        await self._add(tokens, math.inf)

    async def _add(self, tokens: int, most: float) -> bool:
        """Moves the account as it is at that moment, unless that makes it more than `most`.

        There is no pause in the loop: whenever this process loses a race, another one got on.
        """
        known = self._known or await self._look()
        if known.balance.spent + tokens > most:  # somebody may have given back since
            known = await self._look()
        while known.balance.spent + tokens <= most:
            write_id = uuid4().hex
            if await self._replace(known, tokens, write_id):
                return True
            known = await self._look()
            if write_id in known.balance.writes:
                return True
        return False

    async def _replace(self, known: Known, tokens: int, write_id: str) -> bool:
        """Writes the new balance, unless the account is not as it was known."""
        spent = max(known.balance.spent + tokens, self._recorded)
        writes = (*known.balance.writes, write_id)[-WRITES_KEPT:]
        changed = Balance(spent=spent, writes=writes)
        try:
            self._known = Known(await self._write(known.revision, changed, write_id), changed)
        except APIError as error:
            if error.err_code in LOST_RACE:
                return False
            raise
        return True

    @persistently
    async def _write(self, revision: int, balance: Balance, write_id: str) -> int:
        headers: dict[str, str] = {api.Header.EXPECTED_LAST_SUBJECT_SEQUENCE: str(revision)}
        ack = await self._bus.publish(
            STREAM, self._subject, balance, message_id=write_id, headers=headers
        )
        return ack.seq

    @persistently
    async def _look(self) -> Known:
        """The account as it is now."""
        last = self._known.balance if self._known else Balance(spent=self._recorded)
        try:
            # No direct read: a replica that lags behind would make a taker lose race after race.
            entry = await self._bus.js.get_last_msg(STREAM, self._subject)
        except NotFoundError:
            self._known = Known(0, last)
        except (NatsError, OSError) as error:
            raise Transient(f"the broker does not tell of budgets: {error!r}") from error
        else:
            # The mark of a deleted key has no data.
            balance = Balance.decode(entry.data) if entry.data else last
            at_least = max(balance.spent, self._recorded)
            self._known = Known(entry.seq or 0, balance.model_copy(update={"spent": at_least}))
        return self._known
