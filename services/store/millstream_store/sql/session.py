"""Running named statements. Knows no driver: the adapter brings the connection."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from millstream_store.sql import queries

Row = Mapping[str, Any]


class Connection(Protocol):
    """What is used of a driver's connection."""

    async def fetch(self, query: str, *args: object) -> list[Row]: ...


class Session:
    """Statements over one connection; the Database that made it decides on the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def rows(self, name: str, /, **given: object) -> list[Row]:
        """All rows of the statement `name`."""
        query = queries.load()[name]
        return await self._connection.fetch(query.sql, *query.arguments(given))

    async def row(self, name: str, /, **given: object) -> Row | None:
        """The first row, None when there is none."""
        rows = await self.rows(name, **given)
        return rows[0] if rows else None

    async def value(self, name: str, /, **given: object) -> Any:
        """The first row's first column, None when there is no row (Any: any type of a column)."""
        row = await self.row(name, **given)
        return next(iter(row.values())) if row else None

    async def run(self, name: str, /, **given: object) -> None:
        """For its effect only."""
        await self.rows(name, **given)


class Database(Protocol):
    """Where sessions come from; a database that is away raises Transient and Refused at once."""

    def transaction(self) -> AbstractAsyncContextManager[Session]:
        """A session that is committed at the end of the block, or not at all."""
        ...

    def reading(self) -> AbstractAsyncContextManager[Session]:
        """A session for statements that need not be consistent with each other."""
        ...
