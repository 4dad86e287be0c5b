"""The import rules hold, and would notice a violation."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = Path(sys.executable).with_name("lint-imports")

VIOLATIONS = {
    "services/gateway/millstream_gateway/core/planted.py": "import millstream_store.settings",
    "services/agent/millstream_agent/core/planted.py": "import openai",
    "services/agent/millstream_agent/planted.py": "import asyncpg",
    "services/store/millstream_store/settings.py": "import millstream_store.core",
    "shared/millstream_shared/contracts/planted.py": "import millstream_shared.runtime.bus",
}


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    packages = [*root.glob("services/*"), *root.glob("deploy/*"), root / "shared"]
    return subprocess.run(
        [LINT, "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, packages))},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The code alone, free to be spoilt."""
    ignored = shutil.ignore_patterns("__pycache__", "templates", "scenarios")
    for folder in ("shared", "services", "deploy"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


@pytest.mark.parametrize("path", VIOLATIONS)
def test_a_planted_violation_fails(copy: Path, path: str) -> None:
    """Each rule is broken once, in a copy, and each time the check is red."""
    with (copy / path).open("a") as module:
        module.write(f"\n{VIOLATIONS[path]}\n")
    outcome = lint(copy)
    assert outcome.returncode == 1
    assert "BROKEN" in outcome.stdout


def test_the_code_as_it_is_keeps_the_rules(copy: Path) -> None:
    """The copy is checked like the original, so the test above fails for the planted line only."""
    outcome = lint(copy)
    assert outcome.returncode == 0, outcome.stdout
