"""The loader of named statements, and that file and code agree."""

import re
from importlib.resources import files

import pytest

from millstream_store.sql import queries

TEXT = """-- A heading that is no statement.

-- name: find_thing
-- Why it is asked,
-- in two lines.
SELECT "x"::text FROM "Thing" WHERE "a" = :a AND ("b" = :b_1 OR "c" = :a::"Kind");

-- name: all_things
-- Everything.
SELECT 1;
"""


def test_names_become_numbers() -> None:
    """In order of appearance, a repeated name once, casts untouched."""
    query = queries.parse(TEXT)["find_thing"]
    assert query.why == "Why it is asked, in two lines."
    assert query.parameters == ("a", "b_1")
    assert '"x"::text' in query.sql
    assert '"a" = $1 AND ("b" = $2 OR "c" = $1::"Kind")' in query.sql


def test_arguments_are_put_in_order() -> None:
    """By name, whatever the order of the call."""
    assert queries.parse(TEXT)["find_thing"].arguments({"b_1": 2, "a": 1}) == [1, 2]


@pytest.mark.parametrize("given", [{"a": 1}, {"a": 1, "b_1": 2, "c": 3}, {}])
def test_arguments_must_fit(given: dict[str, object]) -> None:
    """Too few and too many are mistakes."""
    with pytest.raises(TypeError, match="find_thing takes"):
        queries.parse(TEXT)["find_thing"].arguments(given)


def test_every_block_of_the_file_is_read() -> None:
    """A block whose form the loader does not know would silently be missing."""
    text = files("millstream_store.sql").joinpath("queries.sql").read_text("utf-8")
    assert list(queries.load()) == re.findall(r"-- name: (\S+)", text)
    assert all(query.why for query in queries.load().values())


def test_every_statement_is_used() -> None:
    """A statement that nobody asks for is taken out."""
    package = files("millstream_store")
    code = "".join(
        file.read_text("utf-8")
        for folder in (package, package / "handlers", package / "adapters")
        for file in folder.iterdir()
        if file.name.endswith(".py")
    )
    assert [name for name in queries.load() if f'"{name}"' not in code] == []
