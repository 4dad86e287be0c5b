"""Layers: `node_modules` as a function of the lock file, installed once and shared read-only.

Only our own templates' locked packages are installed here, without their scripts; model-written
code never runs outside the sandbox.
"""

import asyncio
import hashlib
import os
import shutil
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from pathlib import Path
from tempfile import mkdtemp

import structlog
from filelock import AsyncFileLock

from millstream_validator.adapters.node import NODE_BIN, NPM
from millstream_validator.adapters.templates import Template

SCRATCH = (".vite", ".vite-temp", ".cache", ".tmp")
"""Folders that tools write inside node_modules; in the sandbox each is a small tmpfs."""

READABLE = ("/bin/sh", "-c", 'umask 022; exec "$@"', "sh")
"""The sandbox reads the layer under another uid."""

logger = structlog.get_logger()


class LayerFailed(Exception):
    """The libraries could not be installed; the message holds npm's own last words."""


class Layers:
    """The layers in one cache folder, which several processes may share."""

    def __init__(self, cache_dir: Path, install_seconds: float) -> None:
        self._folder = cache_dir / "layers"
        self._seconds = install_seconds

    async def ensure(self, template: Template) -> Path:
        """The layer's node_modules; installs it first if it is not there. Two at once are safe."""
        files = template.install_files
        layer = self._folder / f"{template.card.framework.lower()}-{_digest(files)}"
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        async with AsyncFileLock(f"{layer}.lock"):
            if not await asyncio.to_thread((layer / "node_modules").is_dir):
                await self._install(layer, files)
        return layer / "node_modules"

    async def _install(self, layer: Path, files: dict[str, bytes]) -> None:
        """Builds beside the final place and renames: what has the name is complete."""
        logger.info("installing libraries", layer=layer.name)
        begun = time.monotonic()
        building = await asyncio.to_thread(_prepare, layer, files)
        try:
            await self._npm_ci(building)
            await asyncio.to_thread(_put_in_place, building, layer)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        logger.info("libraries installed", seconds=round(time.monotonic() - begun, 1))

    async def _npm_ci(self, folder: Path) -> None:
        process = await asyncio.create_subprocess_exec(
            *READABLE,
            *(*NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"),
            cwd=folder,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            env={**os.environ, "PATH": f"{NODE_BIN}:{os.environ.get('PATH', '')}"},
        )
        try:
            async with asyncio.timeout(self._seconds):
                output, _ = await process.communicate()
        except BaseException:
            process.kill()
            await process.wait()
            raise
        if process.returncode:
            raise LayerFailed(
                f"npm ci failed with code {process.returncode}; is the npm registry reachable? "
                f"It said: {output.decode(errors='replace')[-1500:]}"
            )


def _prepare(layer: Path, files: dict[str, bytes]) -> Path:
    building = Path(mkdtemp(prefix=f"{layer.name}.", dir=layer.parent))
    for name, content in files.items():
        (building / name).write_bytes(content)
    return building


def _put_in_place(building: Path, layer: Path) -> None:
    for name in SCRATCH:
        (building / "node_modules" / name).mkdir(exist_ok=True)
    building.chmod(0o755)
    shutil.rmtree(layer, ignore_errors=True)
    building.rename(layer)


def _digest(files: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + files[name] + b"\0")
    return digest.hexdigest()[:16]
