"""Ready means ready: each part is asked until it answers as it would answer a user."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import httpx

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


async def until(probe: Probe) -> None:
    """Returns as soon as the probe holds; put a deadline around it."""
    while not await probe():  # noqa: ASYNC110  other processes cannot set our events
        await asyncio.sleep(PAUSE)
