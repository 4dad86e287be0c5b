"""The real scenarios can be played: every edit applies where it is made."""

from collections.abc import Iterable
from pathlib import Path

import pytest

import millstream_simulator
import millstream_validator
from millstream_simulator.library import load_library, load_scenario
from millstream_simulator.scenario import Call, EditFile, ReadFiles, Scenario, WriteFiles

REAL = Path(millstream_simulator.__file__).parent / "scenarios"
TEMPLATES = Path(millstream_validator.__file__).parent / "templates"
SCRIPTS = sorted(REAL.glob("*/scenario.toml"))


def template_of(framework: str) -> dict[str, str]:
    """The files a project starts from."""
    root = TEMPLATES / framework / "files"
    files = [
        path for path in root.rglob("*") if path.is_file() and "node_modules" not in path.parts
    ]
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in files}


def play_call(project: dict[str, str], scenario: Scenario, call: Call) -> None:
    """Do to the project what the agent does with it."""
    match call:
        case WriteFiles():
            project |= {path: scenario.texts[source] for path, source in call.files.items()}
        case ReadFiles():
            assert not [path for path in call.paths if path not in project]
        case EditFile():
            project[call.path] = edited(project[call.path], call)


def edited(text: str, call: EditFile) -> str:
    """The text after the edits; each must find its place and only one."""
    for edit in call.edits:
        assert text.count(edit.search) == 1, (call.path, edit.search)
        text = text.replace(edit.search, edit.replace)
    return text


def calls_of(scenario: Scenario) -> Iterable[Call]:
    """All calls in the order in which they are made."""
    return [call for turn in (*scenario.code, *scenario.fix) for call in turn.calls]


def test_the_library_loads() -> None:
    """Every scenario is valid and there is a fallback."""
    assert load_library(REAL)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.parent.name)
def test_every_call_applies(script: Path) -> None:
    """Over the template, code turns and then fix turns."""
    scenario = load_scenario(script)
    project = template_of(scenario.framework)
    for call in calls_of(scenario):
        play_call(project, scenario, call)
    assert project != template_of(scenario.framework)
