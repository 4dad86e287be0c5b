"""Which questions are the same."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from millstream_agent.core.reply_key import reply_key
from millstream_shared.contracts.enums import Role

ANY_TEXT = st.text(st.characters(), max_size=5)  # half surrogate pairs, too
OBJECT = st.dictionaries(ANY_TEXT, ANY_TEXT | st.integers() | st.none(), max_size=3)
QUESTION = st.fixed_dictionaries(
    {
        "tenant": ANY_TEXT,
        "role": st.sampled_from(Role),
        "route": st.lists(ANY_TEXT, max_size=3),
        "parameters": OBJECT,
        "messages": st.lists(OBJECT, max_size=3),
        "tools": st.lists(OBJECT, max_size=2),
    }
)


@given(QUESTION, QUESTION)
def test_every_part_of_a_question_changes_its_key(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    """The user above all: no answer crosses from one to another."""
    key = reply_key(**one)
    for part in one:
        changed = one | {part: other[part]}
        assert (reply_key(**changed) == key) == (changed == one), part


def test_parts_are_told_apart() -> None:
    """The same words in another place are another question."""
    here = reply_key("u", Role.TITLE, ["a", "b"], {}, [{"content": "x"}], [])
    assert here != reply_key("u", Role.TITLE, ["a,b"], {}, [{"content": "x"}], [])
    assert here != reply_key("u", Role.TITLE, ["a", "b"], {}, [], [{"content": "x"}])


def test_the_order_of_keys_and_the_kind_of_sequence_do_not_matter() -> None:
    """They mean the same to a provider."""
    one = reply_key("u", Role.TITLE, ("a",), {"x": 1, "y": 2}, ({"role": "user", "k": ""},), ())
    assert one == reply_key(
        "u", Role.TITLE, ["a"], {"y": 2, "x": 1}, [{"k": "", "role": "user"}], []
    )
    assert len(one) == 64
