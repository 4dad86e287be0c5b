"""The figures mean what they say."""

import pytest

from tests.chaos.harness.faults import Fault
from tests.chaos.harness.figures import Figures, percentile
from tests.chaos.harness.good_run import good_run
from tests.chaos.harness.invariants.verdict import Harm, Violation
from tests.chaos.harness.payments import Calls, payments
from tests.chaos.harness.scenario import takeover_times


@pytest.mark.parametrize(("percent", "value"), [(0, 1), (50, 2), (75, 3), (95, 4), (100, 4)])
def test_percentile(percent: float, value: float) -> None:
    """The nearest rank, so always a value that was measured."""
    assert percentile([4, 1, 3, 2], percent) == value


def test_a_takeover_is_timed_from_the_last_harm_before_it() -> None:
    """The good run's entry `n` was stored at second `n`; its second attempt begins with the 7th."""
    faults = [Fault("SIGSTOP", "agent", at) for at in (0.5, 4.0, 5.5, 9.0)]
    assert takeover_times([good_run()], faults) == [1.5]
    assert takeover_times([good_run()], faults[:1]) == []


def test_the_summary_counts_harm_time_and_money() -> None:
    """What `make chaos` prints in the end."""
    figures = Figures()
    figures.count("a scenario", 3, [Violation("it_completes", Harm.STUCK, "")])
    figures.time("takeover", 1.0, 2.0)
    figures.pay(payments([good_run()], Calls(selector=1, code=2)))
    text = "\n".join(figures.lines())
    assert "runs      3: 0 lost, 0 doubled, 1 stuck, 0 different" in text
    assert "p95   2.00 s  max   2.00 s, to be at most 5" in text
    assert "3 paid for 2 needed: 1.500" in text
