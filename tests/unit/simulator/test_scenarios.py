"""The real scenarios can be played: every edit applies where it is made."""

from pathlib import Path

import pytest

import millstream_simulator
from millstream_simulator.library import load_library, load_scenario
from tests.support.playing import play, template_of

REAL = Path(millstream_simulator.__file__).parent / "scenarios"
SCRIPTS = sorted(REAL.glob("*/scenario.toml"))


def test_the_library_loads() -> None:
    """Every scenario is valid and there is a fallback."""
    assert load_library(REAL)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.parent.name)
def test_every_call_applies(script: Path) -> None:
    """Over the template, code turns and then fix turns."""
    scenario = load_scenario(script)
    project = template_of(scenario.framework)
    play(project, scenario)
    assert project != template_of(scenario.framework)
