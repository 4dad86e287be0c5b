"""Recent events: without gaps, within bounds."""

from millstream_gateway.adapters.recent import BYTES_OF_A_RUN, Recent
from millstream_gateway.core.frames import Frame, Live


def live(seq: int, previous: int, size: int = 10) -> Live:
    return Live(previous, Frame(seq, b"text.delta", b"x" * size))


def seqs(recent: Recent, message_id: str) -> list[int]:
    return [each.frame.seq for each in recent.of(message_id)]


def test_events_that_follow_on_one_another_are_kept() -> None:
    """Per run, in order."""
    recent = Recent(1)
    for seq, previous in ((1, 0), (4, 1), (5, 4)):
        recent.add("m", live(seq, previous))
    recent.add("n", live(6, 0))
    assert seqs(recent, "m") == [1, 4, 5]
    assert seqs(recent, "n") == [6]
    assert seqs(recent, "nobody") == []


def test_a_gap_forgets_what_was_before_it() -> None:
    """An event was missed, or the log was lost and begins anew."""
    recent = Recent(1)
    for seq, previous in ((1, 0), (2, 1), (9, 0), (10, 9)):
        recent.add("m", live(seq, previous))
    assert seqs(recent, "m") == [9, 10]


def test_a_long_run_keeps_its_end() -> None:
    """Its beginning is in the log."""
    recent = Recent(1)
    for seq in range(1, 6):
        recent.add("m", live(seq, seq - 1, size=BYTES_OF_A_RUN // 3))
    assert seqs(recent, "m") == [4, 5]


def test_an_event_larger_than_a_run_may_be_is_not_kept() -> None:
    """Nor does it harm what comes after it."""
    recent = Recent(1)
    recent.add("m", live(1, 0, size=BYTES_OF_A_RUN))
    recent.add("m", live(2, 1))
    assert seqs(recent, "m") == [2]


def test_the_run_unused_longest_goes_first() -> None:
    """Whoever is watched or writes stays."""
    recent = Recent(2 * BYTES_OF_A_RUN)
    for name in ("a", "b", "c"):
        recent.add(name, live(1, 0, size=BYTES_OF_A_RUN * 3 // 4))
        recent.of("a")
    assert [name for name in ("a", "b", "c") if recent.of(name)] == ["a", "c"]


def test_all_is_forgotten_when_the_log_may_be_another_one() -> None:
    """After the broker was away."""
    recent = Recent(1)
    recent.add("m", live(1, 0))
    recent.clear()
    assert seqs(recent, "m") == []
