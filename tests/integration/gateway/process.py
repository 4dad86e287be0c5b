"""A gateway as operators run it: a process of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import psutil

from tests.support.ports import free_port


@dataclass(frozen=True)
class GatewayProcess:
    process: asyncio.subprocess.Process
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def megabytes(self) -> float:
        """What it holds in memory (RSS)."""
        return psutil.Process(self.process.pid).memory_info().rss / 1e6


@asynccontextmanager
async def gateway_process(broker_url: str, **variables: str) -> AsyncIterator[GatewayProcess]:
    """One that is ready; `variables` are settings by their names, for instance KEEP_ALIVE."""
    port = free_port()
    settings = {"PORT": str(port), "PREVIEW_PORT": str(free_port()), **variables}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "millstream_gateway.app",
        env={
            **os.environ,
            "MILLSTREAM_NATS_URL": broker_url,
            **{f"MILLSTREAM_GATEWAY_{name}": value for name, value in settings.items()},
        },
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        gateway = GatewayProcess(process, port)
        await _ready(gateway.url)
        yield gateway
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _ready(url: str) -> None:
    async with asyncio.timeout(20), httpx.AsyncClient(base_url=url) as http:
        while True:
            try:
                if (await http.get("/readyz")).status_code == 200:
                    return
            except httpx.ConnectError:
                pass
            await asyncio.sleep(0.1)
