"""A second replica of a service, beside the one that the stack runs."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from millstream_embedded import readiness
from millstream_embedded.child import PARENT
from tests.chaos.harness.system import System
from tests.support.ports import free_port

START_SECONDS = 60.0


@dataclass
class Twin:
    """Runs with its brother's environment, on a port of its own."""

    system: System
    service: str
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    async def start(self) -> None:
        """Returns once it is ready; an earlier process has to be gone."""
        launch = json.loads((self.system.folder.launches / f"{self.service}.json").read_text())
        port = {f"MILLSTREAM_{self.service.upper()}_PORT": str(self.port)}
        command = self.system.folder.run / f"{self.service}-twin.json"
        command.write_text(json.dumps({**launch, "environment": {**launch["environment"], **port}}))
        command.chmod(0o600)
        with self.system.folder.log(f"{self.service}-twin").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
                (sys.executable, "-P", "-m", "millstream_embedded.child", str(command)),
                env={**launch["environment"], PARENT: str(os.getpid())},
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(START_SECONDS):
            await readiness.until(readiness.http(f"http://127.0.0.1:{self.port}/readyz"))

    async def ended(self, seconds: float) -> int:
        """The exit status; raises subprocess.TimeoutExpired."""
        assert self.process is not None
        return await asyncio.to_thread(self.process.wait, seconds)


@asynccontextmanager
async def running_twin(system: System, service: str) -> AsyncIterator[Twin]:
    twin = Twin(system, service)
    await twin.start()
    try:
        yield twin
    finally:
        assert twin.process is not None
        twin.process.kill()
        await twin.ended(10)
