"""Cursors and pages."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millstream_shared.contracts.store import Refused
from millstream_store.core.pages import Place, from_cursor, how_many_fit, item_limit, to_cursor


@given(st.datetimes(timezones=st.just(UTC)), st.uuids().map(str))
def test_a_cursor_leads_back_to_its_place(moment: object, row_id: str) -> None:
    """What was given out is understood, and is safe in a URL."""
    place = Place(moment, row_id)  # type: ignore[arg-type] # hypothesis' type is wider
    cursor = to_cursor(place)
    assert from_cursor(cursor) == place
    assert cursor.replace("-", "").replace("_", "").isalnum()


def test_no_cursor_is_the_beginning() -> None:
    """The first page is asked for without one."""
    assert from_cursor(None) is None


@given(st.text(max_size=40))
def test_any_other_text_is_refused(text: str) -> None:
    """Never an error of another kind."""
    with pytest.raises(Refused, match="invalid"):
        from_cursor(text)


@pytest.mark.parametrize(("wanted", "given_out"), [(-1, 1), (0, 1), (20, 20), (1_000_000, 100)])
def test_a_page_is_bounded(wanted: int, given_out: int) -> None:
    """At least one item, at most a hundred."""
    assert item_limit(wanted) == given_out


@pytest.mark.parametrize(
    ("sizes", "count"), [([], 0), ([50, 50], 2), ([50, 51], 1), ([101], 1), ([101, 1], 1)]
)
def test_a_page_holds_what_fits_and_always_one(sizes: list[int], count: int) -> None:
    """One too large an item must not make the list end."""
    assert how_many_fit(sizes, 100) == count
