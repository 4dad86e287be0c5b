"""Playing a scenario's calls on files, as the agent carries them out."""

from collections.abc import Iterable
from pathlib import Path

import millstream_validator
from millstream_simulator.scenario import Call, EditFile, ReadFiles, Scenario, WriteFiles

TEMPLATES = Path(millstream_validator.__file__).parent / "templates"


def template_of(framework: str) -> dict[str, str]:
    """The files a project starts from."""
    root = TEMPLATES / framework / "files"
    files = [
        path for path in root.rglob("*") if path.is_file() and "node_modules" not in path.parts
    ]
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in files}


def play(project: dict[str, str], scenario: Scenario) -> None:
    """All calls in the order in which they are made; raises AssertionError if one does not apply.

    A round of polish comes last: what it writes is there already.
    """
    for call in calls_of(scenario):
        play_call(project, scenario, call)
    written = dict(project)
    for call in (call for turn in scenario.polish for call in turn.calls):
        play_call(project, scenario, call)
    assert project == written


def calls_of(scenario: Scenario) -> Iterable[Call]:
    """The calls that do the work."""
    return [call for turn in (*scenario.code, *scenario.fix) for call in turn.calls]


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
