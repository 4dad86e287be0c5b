"""One job after another on a snapshot: laid out, run behind the walls, read back, removed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import structlog

from millstream_shared.contracts.checks import (
    CheckFinished,
    CheckRequested,
    CommandFinished,
    CommandRequested,
    Finding,
    WorkRequest,
)
from millstream_shared.contracts.digest import sha256
from millstream_shared.contracts.enums import CheckKind, Framework
from millstream_shared.contracts.frameworks import FrameworkCard
from millstream_shared.runtime.blobs import BlobStore
from millstream_validator.adapters.layers import SCRATCH
from millstream_validator.adapters.node import NODE_HOME, TOOLS_HOME
from millstream_validator.adapters.workspace import (
    WorkspaceTooLarge,
    read_tree,
    remove_tree,
    write_tree,
)
from millstream_validator.core import verdict
from millstream_validator.core.sandbox import Job, Limits, Mount, Outcome, Sandbox

MODULES = "/app/node_modules"
NODE = "/opt/node"
TOOLS = "/opt/tools"
ENVIRONMENT = {
    "PATH": f"{TOOLS}:{NODE}/bin:{MODULES}/.bin:/usr/local/bin:/usr/bin:/bin",
    "NO_COLOR": "1",
    "npm_config_update_notifier": "false",
}
NOT_SOURCE = frozenset({"node_modules", ".git"})
"""Left out at any depth."""
TOOL_FOLDERS = frozenset({".vite", ".cache"})
"""What tools leave at the top, beside the output."""

MOST_FILES = 1_000
MOST_BYTES = 50_000_000
OUTPUT_CHARS = 16_000
LOGGED_CHARS = 500

logger = structlog.get_logger()


@dataclass(frozen=True)
class Bench:
    """One framework, ready to work on."""

    card: FrameworkCard
    modules: Path


class Workbench:
    """Runs checks and commands for all frameworks of this replica."""

    def __init__(
        self,
        sandbox: Sandbox,
        blobs: BlobStore,
        benches: Mapping[Framework, Bench],
        work_dir: Path,
        limits: Limits,
    ) -> None:
        self._sandbox = sandbox
        self._blobs = blobs
        self._benches = benches
        self._work_dir = work_dir
        self._limits = limits

    async def check(self, request: CheckRequested) -> CheckFinished:
        """The verdict. A tool that fails without naming a place in the code may have failed by
        itself (killed, out of threads), so it is run once more before the code is blamed.
        """
        bench = self._benches.get(request.framework)
        if bench is None:
            return verdict.unavailable(request, f"no workshop for {request.framework} here")
        checked = await self._run_check(request, bench)
        if not verdict.blames_tool(checked):
            return checked
        logger.warning(
            "a check failed without a finding; running it again",
            kind=request.kind,
            exit_code=checked.exit_code,
            output=checked.output[-LOGGED_CHARS:],
        )
        return await self._run_check(request, bench)

    async def _run_check(self, request: CheckRequested, bench: Bench) -> CheckFinished:
        """Runs the check's commands in order; the first that fails decides."""
        async with self._workspace(request, bench) as workspace:
            outcomes: list[Outcome] = []
            for argv in bench.card.checks[request.kind]:
                outcomes.append(await self._sandbox.run(self._job(argv, workspace, bench)))
                if outcomes[-1].exit_code != 0:
                    break
            checked = verdict.judge(request, outcomes)
            if checked.passed and request.kind is CheckKind.BUILD:
                return await self._with_output(checked, workspace / bench.card.output)
            return checked

    async def command(self, request: CommandRequested) -> CommandFinished:
        """Runs a shell command and tells what it changed."""
        bench = self._benches[request.framework]
        async with self._workspace(request, bench) as workspace:
            outcome = await self._sandbox.run(
                self._job(("/bin/sh", "-c", request.command), workspace, bench)
            )
            try:
                files = await self._read(workspace, exclude=NOT_SOURCE)
            except WorkspaceTooLarge as error:
                return _command_finished(request, outcome, note=f"\n[changes dropped: {error}]")
        made = {bench.card.output, *TOOL_FOLDERS}
        files = {path: data for path, data in files.items() if path.split("/")[0] not in made}
        after = {path: data for path, data in files.items() if _is_text(data)}
        changed = {
            path: data for path, data in after.items() if request.files.get(path) != sha256(data)
        }
        kept = {path for path in request.files if path.split("/")[0] not in made}
        deleted = tuple(sorted(kept - files.keys()))
        names = await self._blobs.put_tree(changed)
        return _command_finished(request, outcome, changed=names, deleted=deleted)

    async def _with_output(self, check: CheckFinished, folder: Path) -> CheckFinished:
        """The verdict with what the build made; a build that made nothing usable has failed."""
        try:
            built = await self._read(folder, exclude=())
        except (WorkspaceTooLarge, OSError) as error:
            return verdict.failed(check, Finding(message=f"the build's output: {error}"))
        if "index.html" not in built:
            return verdict.failed(check, Finding(message="the build made no index.html"))
        too_large = [path for path, data in built.items() if len(data) > self._blobs.most_bytes]
        if too_large:
            return verdict.failed(
                check, Finding(path=too_large[0], message="the built file is too large to serve")
            )
        return check.model_copy(update={"built": await self._blobs.put_tree(built)})

    @asynccontextmanager
    async def _workspace(self, request: WorkRequest, bench: Bench) -> AsyncIterator[Path]:
        """The snapshot on disk, with the workshop's own files in their original state."""
        contents = await self._blobs.get_tree(request.files)
        managed = {
            path: bench.card.files[path].encode()
            for path in bench.card.managed
            if path in bench.card.files
        }
        workspace = self._work_dir / uuid4().hex
        workspace.mkdir(parents=True)
        try:
            await asyncio.to_thread(write_tree, workspace, {**contents, **managed})
            yield workspace
        finally:
            await asyncio.shield(asyncio.to_thread(remove_tree, workspace))

    async def _read(self, folder: Path, exclude: frozenset[str] | tuple[()]) -> dict[str, bytes]:
        return await asyncio.to_thread(
            read_tree, folder, exclude=exclude, max_files=MOST_FILES, max_bytes=MOST_BYTES
        )

    def _job(self, argv: tuple[str, ...], workspace: Path, bench: Bench) -> Job:
        return Job(
            argv=argv,
            workspace=workspace,
            mounts=(
                Mount(NODE_HOME, NODE),
                Mount(TOOLS_HOME, TOOLS),
                Mount(bench.modules, MODULES),
            ),
            scratch=tuple(f"{MODULES}/{name}" for name in SCRATCH),
            env=ENVIRONMENT,
            limits=self._limits,
        )


def _command_finished(
    request: CommandRequested,
    outcome: Outcome,
    *,
    note: str = "",
    changed: dict[str, str] | None = None,
    deleted: tuple[str, ...] = (),
) -> CommandFinished:
    output = "\n".join(part for part in (outcome.stdout, outcome.stderr) if part)
    return CommandFinished(
        message_id=request.message_id,
        step=request.step,
        exit_code=outcome.exit_code,
        output=output[-OUTPUT_CHARS:] + note,
        stopped_by=outcome.stopped_by,
        changed=changed or {},
        deleted=deleted,
    )


def _is_text(data: bytes) -> bool:
    try:
        return "\x00" not in data.decode()
    except UnicodeDecodeError:
        return False
