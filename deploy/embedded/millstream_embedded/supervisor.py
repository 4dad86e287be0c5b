"""Controls one supervisord: a child of ours, spoken to over a socket only we can open."""

import asyncio
import http.client
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from xmlrpc.client import Error, ServerProxy

from supervisor.xmlrpc import SupervisorTransport  # type: ignore[import-untyped]  # has no types

from millstream_embedded import chronicle
from millstream_embedded.child import PARENT
from millstream_embedded.files import write_private
from millstream_embedded.options import Folder, StackError
from millstream_embedded.supervisord import supervisord_launch

# What a call meets when the program is not running, or supervisord itself is gone.
GONE = (Error, OSError, http.client.HTTPException)


class Supervisor:
    """A running supervisord; when it is gone, so are all children."""

    def __init__(self, process: asyncio.subprocess.Process, socket: Path) -> None:
        self._process = process
        self._socket = socket

    def listen(self, heed: Callable[[chronicle.Event], None]) -> "asyncio.Task[None]":
        """Passes every event on until supervisord ends, which is when the task is done."""

        async def follow() -> None:
            assert self._process.stdout is not None  # noqa: S101  we asked for a pipe
            async for line in self._process.stdout:
                if event := chronicle.read(line.decode(errors="replace")):
                    heed(event)
            await self._process.wait()

        return asyncio.create_task(follow())

    async def start(self, name: str) -> None:
        """Starts a program without waiting for it. Raises StackError if that is impossible."""
        try:
            await self._call("startProcess", name, False)
        except GONE as error:
            raise StackError(f"supervisord cannot start the {name}: {error}") from error

    async def stop(self, name: str) -> None:
        """Stops a program, if it runs, and waits for its end: at most its drain time."""
        with suppress(*GONE):
            await self._call("stopProcess", name, True)

    async def crash(self, name: str) -> None:
        """Kills a program, however stuck it is; supervisord starts it again."""
        with suppress(*GONE):
            await self._call("signalProcess", name, "KILL")

    async def shutdown(self) -> None:
        with suppress(*GONE):
            await self._call("shutdown")

    def kill(self) -> None:
        """Ends supervisord and all children at once; does nothing if it has ended."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def answers(self) -> bool:
        try:
            await self._call("getState")
        except GONE:
            return False
        return True

    async def _call(self, method: str, *arguments: Any) -> Any:
        return await asyncio.to_thread(_call, self._socket, method, *arguments)


def _call(socket: Path, method: str, *arguments: Any) -> Any:
    # A connection a call: the library's is not made for several threads.
    transport = SupervisorTransport(serverurl=f"unix://{socket}")
    with ServerProxy("http://localhost", transport=transport) as proxy:
        return getattr(proxy.supervisor, method)(*arguments)


async def spawn(folder: Folder, socket: Path, environment: Mapping[str, str]) -> Supervisor:
    """Starts supervisord on the configuration in the run folder."""
    launch = folder.launches / "supervisord.json"
    write_private(launch, supervisord_launch(folder, environment).to_json())
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "millstream_embedded.child", str(launch)),
        env={**environment, PARENT: str(os.getpid())},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        # Ctrl-C reaches the terminal's whole group; the children are ours to stop, in order.
        start_new_session=True,
    )
    return Supervisor(process, socket)
