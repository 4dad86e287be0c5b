"""Loading the scenarios from their folders, all of them at start."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from millstream_simulator.scenario import Scenario, Script

FALLBACK = "fallback"


class ScenarioError(Exception):
    """A scenario cannot be used; the message names the file and the field."""


def load_library(folder: Path) -> Mapping[str, Scenario]:
    """Every scenario below the folder, by slug; one of them is the fallback."""
    found = sorted(folder.glob("*/scenario.toml"))
    library = {path.parent.name: load_scenario(path) for path in found}
    if FALLBACK not in library:
        raise ScenarioError(
            f"{folder / FALLBACK / 'scenario.toml'}: missing; it answers unknown prompts"
        )
    return library


def load_scenario(path: Path) -> Scenario:
    """One scenario with its source files; raise ScenarioError if anything is wrong with it."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        script = Script.model_validate(table)
    except (ValueError, OSError) as error:
        raise ScenarioError(f"{path}: {_reason(error)}") from error
    texts = {source: _read_source(path, source) for source in sorted(script.sources())}
    fields: dict[str, Any] = {name: getattr(script, name) for name in Script.model_fields}
    return Scenario(**fields, slug=path.parent.name, texts=texts)


def _reason(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(
        f"{'.'.join(map(str, item['loc']))}: {item['msg']}"
        for item in error.errors(include_url=False)
    )


def _read_source(scenario: Path, source: str) -> str:
    path = (scenario.parent / source).resolve()
    if not path.is_relative_to(scenario.parent.resolve()):
        raise ScenarioError(f"{scenario}: files: {source} is outside the scenario's folder")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{scenario}: files: {source} cannot be read: {error}") from error
