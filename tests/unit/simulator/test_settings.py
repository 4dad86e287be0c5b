"""Settings and scenarios are checked at start."""

import shutil
from pathlib import Path

import pytest
from pydantic import ValidationError

from millstream_simulator.app import create_app
from millstream_simulator.library import ScenarioError, load_library
from millstream_simulator.settings import SimulatorSettings

DATA = Path(__file__).parent / "data"


def test_beyond_loopback_a_key_is_required() -> None:
    """An open model server is never an accident."""
    with pytest.raises(ValidationError, match="MILLSTREAM_SIMULATOR_API_KEY"):
        SimulatorSettings(host="0.0.0.0")  # noqa: S104 - that is the point
    assert SimulatorSettings(host="0.0.0.0", api_key="k")  # noqa: S104 - that is the point


def test_the_app_starts_with_the_tiny_library() -> None:
    """The composition root needs settings only."""
    assert create_app(SimulatorSettings(scenarios=DATA)).routes


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('title = "Click', 'titel = "Click', r"counter/scenario\.toml: title: Field required"),
        ('tool = "terminal"', 'tool = "shell"', r"code\.0\.calls\.1: .*'shell'"),
        ("files/App.tsx", "files/Ap.tsx", r"files: files/Ap\.tsx cannot be read"),
        ("files/App.tsx", "../../../x", r"outside the scenario's folder"),
        ("<task_summary>", "<summary>", r"code: .*the last turn must have a <task_summary>"),
        ('title = "Click Counter"', "title =", r"counter/scenario\.toml: "),
    ],
)
def test_a_broken_scenario_is_named(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    """The message names the file and the field."""
    shutil.copytree(DATA, tmp_path / "library")
    script = tmp_path / "library" / "counter" / "scenario.toml"
    script.write_text(script.read_text().replace(old, new))
    with pytest.raises(ScenarioError, match=complaint):
        load_library(tmp_path / "library")


def test_a_library_needs_its_fallback(tmp_path: Path) -> None:
    """Without it an unknown prompt would be an error."""
    with pytest.raises(ScenarioError, match="fallback"):
        load_library(tmp_path)
