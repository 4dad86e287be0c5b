"""JSON that is safe to pass on."""

from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millstream_gateway.core.strict_json import (
    NotAcceptable,
    is_storable,
    loads,
    loads_like_javascript,
)

SAFE_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | SAFE_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(SAFE_TEXT, inner),
    max_leaves=20,
)


@given(VALUES)
def test_good_json_passes_unchanged(value: Any) -> None:
    """Whatever can be stored is read as it was written, by both readers."""
    data = orjson.dumps(value)
    assert loads(data) == loads_like_javascript(data) == value
    assert is_storable(value)


@given(st.binary())
def test_bytes_never_crash_it(data: bytes) -> None:
    """A value or NotAcceptable, nothing else."""
    for read in (loads, loads_like_javascript):
        with suppress(NotAcceptable):
            read(data)


def test_a_written_backslash_u_is_not_a_nul() -> None:
    """Six characters that only look like an escape are text."""
    assert loads(rb'"\\u0000"') == r"\u0000"


@pytest.mark.parametrize("text", ["\0", "\ud800", "a\udfff"])
def test_what_cannot_be_stored_is_found_anywhere(text: str) -> None:
    """In values, names and depths."""
    for value in (text, [text], {text: 1}, {"a": [{"b": text}]}):
        assert not is_storable(value)
