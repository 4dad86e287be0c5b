"""Tasks that live as long as the service."""

import asyncio

from millstream_store.adapters.workers import Workers


async def test_a_swallowed_cancellation_is_repeated() -> None:
    """A worker that misses the first request to stop gets another one."""
    missed = 0

    async def deaf() -> None:
        nonlocal missed
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if missed:
                    raise
                missed += 1

    workers = Workers()
    workers.start("deaf", deaf)
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await workers.stop()
    assert missed == 1
    assert not workers.started


async def test_a_failed_worker_is_started_again() -> None:
    """One mistake does not end it for good."""
    starts = 0
    again = asyncio.Event()

    async def clumsy() -> None:
        nonlocal starts
        starts += 1
        if starts == 1:
            raise ValueError("a mistake")
        again.set()
        await asyncio.sleep(60)

    workers = Workers()
    workers.start("clumsy", clumsy)
    async with asyncio.timeout(5):
        await again.wait()
        await workers.stop()
    assert starts == 2
