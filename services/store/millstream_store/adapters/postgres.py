"""Postgres through asyncpg: the pool, its value types, and the one translation of its errors."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import asyncpg
import orjson
import stamina

from millstream_shared.contracts.store import Refusal, Refused
from millstream_shared.runtime.errors import Transient
from millstream_store.core.refusals import refused
from millstream_store.settings import StoreSettings
from millstream_store.sql.session import Session

QUERY_SECONDS: Final = 4.0
"""For a statement: less than whoever asks the store waits, so that a refusal still arrives."""
RELEASE_SECONDS: Final = 0.5
"""For a connection to become clean again; after that it is thrown away."""
ASK_AGAIN_SECONDS: Final = 2.0
SESSION: Final = {
    "timezone": "UTC",
    "application_name": "millstream-store",
    "statement_timeout": "4s",
    "lock_timeout": "3s",
    # What holds locks after its client has gone, or has gone silent: a hung or half-dead store.
    "idle_in_transaction_session_timeout": "10s",
    "tcp_user_timeout": "10s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "3",
    "tcp_keepalives_count": "3",
}
EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Where Postgres counts its microseconds from."""

AWAY: Final = frozenset({"08", "25", "40", "53", "55", "57", "58"})
"""SQLSTATE classes that may pass: connection, broken transaction, rollback, resources, locks,
operator intervention, system error."""
UNFIT_DATA: Final = "22"


class DatabaseAway(Transient, Refused):
    """The database did not answer: a verb refuses with it, a consumer tries again later."""

    def __init__(self, error: BaseException) -> None:
        Refused.__init__(
            self,
            Refusal(
                code="unavailable",
                detail=f"the database did not answer ({type(error).__name__})",
                retry_after=ASK_AGAIN_SECONDS,
            ),
        )


@contextmanager
def translated() -> Iterator[None]:
    """Raises asyncpg's errors as ours; what is a bug stays what it is."""
    try:
        yield
    except asyncpg.PostgresError as error:
        state = (error.sqlstate or "")[:2]
        if state in AWAY:
            raise DatabaseAway(error) from error
        if state == UNFIT_DATA:
            raise refused("invalid", f"the database cannot hold this: {error}") from error
        raise
    except (asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise DatabaseAway(error) from error


class Postgres:
    """A Database on a pool that opens new connections by itself when old ones broke."""

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self._pool: Any = None

    async def open(self) -> None:
        """Connects, waiting for a database that is still starting; raises DatabaseAway at last."""
        async for attempt in stamina.retry_context(
            on=DatabaseAway,
            attempts=None,
            timeout=self._settings.start_timeout,
            wait_initial=0.1,
            wait_max=1.0,
        ):
            with attempt, translated():
                self._pool = await self._create_pool()

    async def close(self) -> None:
        """Gives statements in hand a moment to end."""
        if self._pool is None:
            return
        with suppress(DatabaseAway), translated():
            await self._closed_in_time()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        with translated():
            async with self._connection() as connection, connection.transaction():
                yield Session(connection)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Session]:
        with translated():
            async with self._connection() as connection:
                yield Session(connection)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        if self._pool is None:
            raise asyncpg.InterfaceError("the pool is not open yet")
        connection = await self._pool.acquire(timeout=QUERY_SECONDS)
        try:
            yield connection
        finally:
            await self._pool.release(connection, timeout=RELEASE_SECONDS)

    async def _create_pool(self) -> Any:
        return await asyncpg.create_pool(
            self._settings.database_url.get_secret_value(),
            min_size=2,
            max_size=self._settings.pool_size,
            timeout=QUERY_SECONDS,
            command_timeout=QUERY_SECONDS,
            init=set_value_types,
            server_settings=SESSION,
        )

    async def _closed_in_time(self) -> None:
        try:
            async with asyncio.timeout(QUERY_SECONDS):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()


async def set_value_types(connection: Any) -> None:
    """JSONB is plain Python data, and a TIMESTAMP is always a moment in UTC, never naive."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: orjson.dumps(value).decode(),
        decoder=orjson.loads,
    )
    await connection.set_type_codec(
        "timestamp",
        schema="pg_catalog",
        encoder=lambda moment: ((moment - EPOCH) // timedelta(microseconds=1),),
        decoder=lambda value: EPOCH + timedelta(microseconds=value[0]),
        format="tuple",
    )
