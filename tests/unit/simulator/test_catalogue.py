"""Models by name."""

import pytest

from millstream_simulator.catalogue import SPEEDS, Fault, Speed, find_model, list_models


@pytest.mark.parametrize(
    ("name", "speed", "fault", "first"),
    [
        ("sim-typical", "sim-typical", None, None),
        ("sim-slow:cut-text", "sim-slow", Fault.CUT_TEXT, None),
        ("sim-429", "sim-fast", Fault.RATE_LIMIT, None),
        ("sim-500:once", "sim-fast", Fault.SERVER_ERROR, 1),
        ("sim-instant:429:first=3", "sim-instant", Fault.RATE_LIMIT, 3),
    ],
)
def test_names_spell_speed_and_fault(
    name: str, speed: str, fault: Fault | None, first: int | None
) -> None:
    """Speed, then fault, then how often."""
    model = find_model(name, SPEEDS)
    assert model is not None
    assert (model.speed, model.fault, model.first) == (SPEEDS[speed], fault, first)


@pytest.mark.parametrize(
    "name", ["", "gpt-5", "sim-", "sim-fast:", "sim-fast:nope", "sim-fast:once", "sim-429:often"]
)
def test_other_names_are_unknown(name: str) -> None:
    """A misspelt fault must not pass for a healthy model."""
    assert find_model(name, SPEEDS) is None


def test_every_listed_model_exists() -> None:
    """The list tells the truth, added speeds included."""
    speeds = {**SPEEDS, "sim-x": Speed(first_token=1, per_second=1)}
    assert "sim-x" in list_models(speeds)
    assert all(find_model(name, speeds) for name in list_models(speeds))
