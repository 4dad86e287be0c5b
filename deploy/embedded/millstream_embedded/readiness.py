"""Ready means ready: each part is asked until it answers as it would answer a user."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import httpx
import psutil

Probe = Callable[[], Awaitable[bool]]

PAUSE = 0.1
PATIENCE = 5.0


def http(url: str) -> Probe:
    """True once `url` answers 200 (within 5 seconds)."""

    async def probe() -> bool:
        try:
            # trust_env=False: a proxy knows nothing of our loopback.
            async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
                return (await client.get(url)).status_code == 200
        except httpx.HTTPError:
            return False

    return probe


def answers(command: tuple[str, ...], environment: Mapping[str, str]) -> Probe:
    """True once `command` exits with 0 (within 5 seconds)."""

    async def probe() -> bool:
        null = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdin=null, stdout=null, stderr=null
        )
        try:
            return await asyncio.wait_for(process.wait(), PATIENCE) == 0
        except TimeoutError:
            return False
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    return probe


def listening(probe: Probe, pid: Callable[[], int | None], port: int) -> Probe:
    """True once `probe` holds and the process `pid` tells of is itself what listens on `port`.

    Without this, whoever else took the port in between would pass for ready.
    """

    async def own() -> bool:
        return await probe() and _listens(pid(), port)

    return own


def _listens(pid: int | None, port: int) -> bool:
    try:
        connections = psutil.Process(pid).net_connections("tcp") if pid else []
    except psutil.Error:
        return False
    return any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in connections)


async def until(probe: Probe) -> None:
    """Returns as soon as the probe holds; put a deadline around it."""
    while not await probe():  # noqa: ASYNC110  other processes cannot set our events
        await asyncio.sleep(PAUSE)
