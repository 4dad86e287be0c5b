"""The embedded stack, from the first check to the last file removed, as a context manager."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from millstream_embedded import environment, leftovers
from millstream_embedded.broker import nats_url
from millstream_embedded.credentials import Credentials, credentials_of
from millstream_embedded.files import write_private
from millstream_embedded.lock import held
from millstream_embedded.options import Folder, Options
from millstream_embedded.ports import Ports, choose_ports
from millstream_embedded.programs import ENTRY, programs
from millstream_embedded.sequence import Running, running_programs
from millstream_embedded.terminal import Terminal


@dataclass(frozen=True)
class Stack:
    """A stack that is ready. `pids` follows restarts; `ended` completes if supervision is lost.

    `simulated` says that no provider is configured, so the simulator answers.
    """

    url: str
    preview_url: str
    api_key: str
    nats_url: str
    data: Path
    simulated: bool
    pids: Mapping[str, int]
    ended: "asyncio.Task[None]"


@asynccontextmanager
async def running_stack(
    options: Options, console: Console, *, entry: tuple[str, ...] = ENTRY
) -> AsyncIterator[Stack]:
    """Starts everything, yields once all of it is ready, and stops it in reverse order.

    `entry` is the command that, given a service's name, becomes that service. Cancelling the
    task drains; cancelling it again during the drain kills. Raises StackError if the start is
    refused or fails, with everything stopped again.
    """
    folder, caller = options.folder, dict(os.environ)
    with held(folder):
        credentials = credentials_of(folder)
        await _clear(folder, credentials)
        try:
            ports = choose_ports(options)
            # Creating the database's cluster takes a second; the loop stays free for Ctrl-C.
            table = await asyncio.to_thread(programs, options, ports, credentials, caller, entry)
            base = environment.base(caller, credentials)
            async with running_programs(
                folder, table, base, Terminal(console, options.quiet)
            ) as running:
                stack = _stack(options, ports, credentials, running)
                _write_env_files(folder, stack)
                yield stack
        finally:
            await _clear(folder, credentials)


async def _clear(folder: Folder, credentials: Credentials) -> None:
    await asyncio.to_thread(leftovers.end_processes, folder, credentials.stack)
    leftovers.remove_files(folder)


def _stack(options: Options, ports: Ports, credentials: Credentials, running: Running) -> Stack:
    return Stack(
        url=f"http://{options.reachable_host}:{ports.api}",
        preview_url=f"http://{options.reachable_host}:{ports.preview}",
        api_key=credentials.api_key,
        nats_url=nats_url(ports, credentials),
        data=options.folder.root,
        simulated="simulator" in running.pids,
        pids=running.pids,
        ended=running.ended,
    )


def _write_env_files(folder: Folder, stack: Stack) -> None:
    client = f"MILLSTREAM_URL={stack.url}\nMILLSTREAM_API_KEY={stack.api_key}\n"
    write_private(folder.operator_env, f"MILLSTREAM_NATS_URL={stack.nats_url}\n")
    # Last: whoever waits for this file finds everything ready.
    write_private(folder.client_env, client)
