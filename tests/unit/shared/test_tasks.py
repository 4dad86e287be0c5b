"""One task beside others that live only as long as it does."""

import asyncio

import pytest

from millstream_shared.runtime.tasks import beside, together, uninterrupted


async def forever() -> None:
    await asyncio.Event().wait()


async def fail() -> None:
    await asyncio.sleep(0)
    raise ValueError("companion")


async def value() -> int:
    await asyncio.sleep(0.01)
    return 7


async def test_the_result_is_the_main_tasks() -> None:
    """Companions are cancelled with it, and none is left."""
    before = asyncio.all_tasks()
    assert await beside(value(), forever(), forever()) == 7
    assert asyncio.all_tasks() == before


async def test_a_companion_that_fails_ends_the_main_task() -> None:
    """With the companion's own error."""
    with pytest.raises(ValueError, match="companion"):
        await beside(forever(), fail())


async def test_a_companion_may_end_before_the_main_task() -> None:
    """That is no failure."""
    assert await beside(value(), asyncio.sleep(0)) == 7


async def test_a_swallowed_cancellation_is_repeated() -> None:
    """What Python 3.11's wait_for may do to a cancellation must not keep a run alive."""

    async def deaf() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(60)

    with pytest.raises(ValueError, match="companion"):
        async with asyncio.timeout(5):
            await beside(deaf(), fail())


async def test_cancelling_from_outside_ends_all() -> None:
    """As at shutdown."""
    before = asyncio.all_tasks()
    running = asyncio.ensure_future(beside(forever(), forever()))
    await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert running.cancelled()
    assert asyncio.all_tasks() == before


async def test_work_that_must_not_be_cut_outlives_every_cancellation() -> None:
    """Its waiter may be cancelled again and again; the work ends, and only then the waiter."""
    done = asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0.1)
        done.set()

    waiter = asyncio.ensure_future(uninterrupted(work()))
    for _ in range(3):
        await asyncio.sleep(0)
        waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    assert done.is_set()


async def test_of_two_together_none_outlives_the_others_failure() -> None:
    """An answer that goes on streaming after its run has failed would be paid for nothing."""
    ended = asyncio.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def failing() -> None:
        await asyncio.sleep(0)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await together(endless(), failing())
    assert ended.is_set()
