"""Every statement fits the schema."""

from millstream_store.sql import queries
from tests.support.postgres import connection_to


async def test_every_statement_prepares(store_url: str) -> None:
    """Tables, columns and types exist as each statement expects them."""
    async with connection_to(store_url) as connection:
        for query in queries.load().values():
            prepared = await connection.prepare(query.sql)
            assert len(prepared.get_parameters()) == len(query.parameters), query.name
