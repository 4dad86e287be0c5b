"""What samples add up to."""

from deploy.bench.latency import latency


def test_seconds_become_milliseconds_and_percentiles() -> None:
    """Nearly the largest of twenty is the 95th percentile."""
    measured = latency([number / 1000 for number in range(1, 21)], target=19.5)
    assert (measured.samples, measured.p50, measured.most) == (20, 10.5, 20.0)
    assert 19.0 <= measured.p95 <= 19.5
    assert measured.met


def test_a_target_may_be_missed() -> None:
    """One slow sample of two is too many."""
    assert not latency([0.001, 1.0], target=100).met
