"""Giving one service of a stack another environment than the rest."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.chaos.harness import entry

Changes = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""See entry.py."""


def entry_with(folder: Path, changes: Changes) -> tuple[str, ...]:
    """The command that becomes a service of that name with `changes` made to its environment."""
    path = folder / "changes.json"
    path.write_text(json.dumps(changes))
    return (sys.executable, "-P", str(Path(entry.__file__)), str(path))
