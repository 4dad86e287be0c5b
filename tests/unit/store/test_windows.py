"""Windows in pieces."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millstream_shared.contracts.metrics import Window
from millstream_store.core.windows import SPANS

moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


@given(until=moments, window=st.sampled_from(list(SPANS)))
def test_the_pieces_cover_the_window(until: datetime, window: Window) -> None:
    """Without a gap, from before its beginning to its end, and about 60 of them."""
    span = SPANS[window]
    pieces = span.pieces(until)
    assert pieces[0] <= until - span.length < pieces[1]
    assert pieces[-1] <= until < pieces[-1] + span.bucket
    assert {later - earlier for earlier, later in pairwise(pieces)} == {span.bucket}
    assert 55 <= len(pieces) <= 75


@pytest.mark.parametrize("window", SPANS)
def test_pieces_stay_where_they_are(window: Window) -> None:
    """A chart that is drawn again a moment later has the same pieces."""
    until = datetime(2026, 1, 31, 12, 0, 7, tzinfo=UTC)
    assert SPANS[window].pieces(until) == SPANS[window].pieces(until + timedelta(seconds=3))
