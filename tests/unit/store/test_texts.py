"""What Postgres cannot hold never reaches it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from millstream_shared.contracts.facts import ContentGrew
from millstream_store.core.texts import read_fact, text_of


@pytest.mark.parametrize(
    ("data", "text"), [(b"", ""), ("é".encode(), "é"), (b"a\0b", None), (b"\xff\xfe", None)]
)
def test_a_text_is_utf8_without_nul(data: bytes, text: str | None) -> None:
    """Everything else is a binary file."""
    assert text_of(data) == text


@given(st.text(st.sampled_from(["\0", "\\", "u", "0", "a", "é"])), st.integers(0, 9))
def test_nul_is_replaced_by_one_character(text: str, offset: int) -> None:
    """Also where backslashes make the escape ambiguous; all else stays as it is."""
    fact = ContentGrew(event_id="e", message_id="m", attempt=1, offset=offset, text=text)
    read = read_fact(fact.encode())
    assert read == fact.model_copy(update={"text": text.replace("\0", "\N{REPLACEMENT CHARACTER}")})


@pytest.mark.parametrize(
    "data", [b"", b"{}", b'{"type":"run.vanished"}', b'{"type":"run.started","eventId":"\\u0000"}']
)
def test_what_is_no_fact_is_said_so(data: bytes) -> None:
    """A validation error, which hands the message back."""
    with pytest.raises(ValidationError):
        read_fact(data)
