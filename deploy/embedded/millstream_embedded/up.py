"""`millstream up`: runs the stack in the foreground until told to stop."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from millstream_embedded.options import Options, StackError
from millstream_embedded.programs import ENTRY
from millstream_embedded.stack import Stack, running_stack
from millstream_embedded.terminal import Terminal

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def up(options: Options, console: Console, *, entry: tuple[str, ...] = ENTRY) -> int:
    """Runs until Ctrl-C, SIGTERM or SIGHUP, then drains and returns 0; once more hurries.

    Returns 1, after saying why, if the stack cannot start or loses its supervisor.
    `entry` is the command that, given a service's name, becomes that service.
    """
    terminal = Terminal(console, options.quiet)
    with _signals_cancel(terminal.stopping) as signalled:
        try:
            async with running_stack(options, console, entry=entry) as stack:
                terminal.facts(_facts(stack))
                await asyncio.shield(stack.ended)
        except StackError as error:
            terminal.failed(str(error))
            return 1
        except asyncio.CancelledError:
            if not signalled:
                raise
            terminal.stopped()
            return 0
    log = options.folder.log("supervisord")
    terminal.failed(f"supervisord was killed, and all parts with it. Its log: {log}")
    return 1


@contextmanager
def _signals_cancel(announce: Callable[[], None]) -> "Iterator[list[signal.Signals]]":
    """Turns each signal into a cancellation of this task; yields the signals received so far."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None  # noqa: S101  coroutines run in tasks
    received: list[signal.Signals] = []

    def receive(number: signal.Signals) -> None:
        if not received:
            announce()
        received.append(number)
        task.cancel()

    for number in SIGNALS:
        loop.add_signal_handler(number, receive, number)
    try:
        yield received
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
        for _ in received:
            task.uncancel()


def _facts(stack: Stack) -> dict[str, str]:
    model = "your provider"
    if stack.simulated:
        model = "the built-in simulator; for a real one set OPENAI_API_KEY (README: real models)"
    return {
        "API": stack.url,
        "API key": stack.api_key,
        "Previews": stack.preview_url,
        "Model": model,
        "Data": str(stack.data),
        "Stop": "Ctrl-C",
    }
