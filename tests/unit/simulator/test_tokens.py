"""The tokeniser."""

from hypothesis import given
from hypothesis import strategies as st

from millstream_simulator.tokens import count, split


@given(st.text())
def test_no_character_is_lost(text: str) -> None:
    """Joined tokens are the text again, and none is empty."""
    tokens = split(text)
    assert "".join(tokens) == text
    assert all(tokens)


def test_about_four_characters_a_token() -> None:
    """The rule of thumb for prose and for code."""
    prose = "The quick brown fox jumps over the lazy dog, and nobody is surprised any more. " * 5
    code = "  return <button onClick={() => setCount(count + 1)}>Clicked {count}</button>;\n" * 5
    assert 3 < len(prose) / count(prose) < 5.5
    assert 2.5 < len(code) / count(code) < 5.5
