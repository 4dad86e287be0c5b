"""Running one task beside others that live only as long as it does."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, Final, TypeVar

Result = TypeVar("Result")

CANCEL_AGAIN_SECONDS: Final = 0.1


async def beside(
    main: Coroutine[Any, Any, Result], *companions: Coroutine[Any, Any, Any]
) -> Result:
    """The result of `main`; the companions are cancelled when it ends.

    A companion that raises ends `main` too, and its error is raised. None outlives this call.
    """
    task = asyncio.ensure_future(main)
    tasks = [task, *(asyncio.ensure_future(companion) for companion in companions)]
    try:
        while not task.done():
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for ended in done - {task}:
                ended.result()  # raises what the companion raised
                tasks.remove(ended)
        return task.result()
    finally:
        await end(tasks)


async def together(
    first: Coroutine[Any, Any, Result], second: Coroutine[Any, Any, Result]
) -> tuple[Result, Result]:
    """Both results; when one fails the other is ended before its error is raised."""
    tasks = [asyncio.ensure_future(first), asyncio.ensure_future(second)]
    try:
        one, other = await asyncio.gather(*tasks)
    finally:
        await end(tasks)
    return one, other


async def uninterrupted(work: Coroutine[Any, Any, Result]) -> Result:
    """The result of `work`, which is brought to its end however often its waiter is cancelled.

    The cancellation is raised afterwards.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as again:
            cancelled = again
    if cancelled:
        raise cancelled
    return task.result()


async def end(tasks: Sequence["asyncio.Future[Any]"]) -> None:
    """Cancels until all have ended: `wait_for` of Python 3.11, which nats-py uses, may swallow one
    cancellation that arrives together with its result.
    """
    waiting = set(tasks)
    while waiting:
        for each in waiting:
            each.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=CANCEL_AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)
