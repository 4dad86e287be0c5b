"""Running one task beside others that live only as long as it does."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


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
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
