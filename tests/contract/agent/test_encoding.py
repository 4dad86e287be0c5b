"""What is encoded by hand on the hot path is what the contract says."""

from hypothesis import given
from hypothesis import strategies as st

from millstream_agent.adapters.pending import Pending
from millstream_shared.contracts.runs import VIEWER_EVENT, FileDelta, TextDelta

TEXT = st.text(min_size=1).filter(lambda text: text.encode("utf-8", "ignore").decode() == text)


@given(TEXT, TEXT)
def test_hand_made_deltas_equal_the_models(text: str, path: str) -> None:
    """Any text survives, and the entry reads back as the event it stands for."""
    pending = Pending()
    pending.text("code-1", text)
    pending.file_text(path, "c", text)
    first, second = pending.take()
    assert VIEWER_EVENT.validate_json(first.entry) == TextDelta(part="code-1", text=text)
    assert VIEWER_EVENT.validate_json(second.entry) == FileDelta(path=path, call_id="c", text=text)
    assert first.entry.startswith(b'{"type":"text.delta"')


def test_pieces_of_one_part_are_joined_and_order_is_kept() -> None:
    """Two parts that take turns stay three entries."""
    pending = Pending()
    for part, text in (("a", "1"), ("a", "2"), ("b", "3"), ("a", "4")):
        pending.text(part, text)
    assert [piece.text_of_message for piece in pending.take()] == ["12", "3", "4"]
    assert pending.take() == []
