"""`millstream doctor`: what works on this machine, and how to mend what does not."""

import asyncio
import os
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from rich.console import Console

from millstream_embedded.environment import PROVIDER_SWITCHES, PROVIDERS
from millstream_embedded.operator import read_env
from millstream_embedded.options import Options
from millstream_embedded.ports import is_free

LEAST_FREE_BYTES = 3_000_000_000
"""Libraries of the templates, database, broker and workspaces, with room to work."""

Examination = Callable[[Path], Awaitable[str]]
"""Answers what it found; raises Ailment with the remedy."""


class Ailment(Exception):
    """Something does not work; the message says how to mend it."""


async def examine(data: Path, console: Console) -> int:
    """Examines everything and returns 0 if all is well."""
    ailing = 0
    for name, examination in _examinations():
        try:
            finding = await examination(data)
        except Exception as error:  # noqa: BLE001 - whatever fails is a finding here
            ailing += 1
            console.print(f"[red]✘ {name:<10}[/] {error}", highlight=False, soft_wrap=True)
        else:
            console.print(f"[green]✔ {name:<10}[/] {finding}", highlight=False, soft_wrap=True)
    return min(ailing, 1)


def _examinations() -> Iterator[tuple[str, Examination]]:
    yield "python", _python
    yield "disk", _disk
    yield "node", _node
    yield "sandbox", _sandbox
    yield "broker", _broker
    yield "database", _database
    yield "ports", _ports
    yield "provider", _provider
    yield "stack", _stack


async def _python(_: Path) -> str:
    return sys.version.split()[0]


async def _disk(data: Path) -> str:
    free = _free_bytes(data)
    if free < LEAST_FREE_BYTES:
        raise Ailment(f"only {free / 1e9:.1f} GB are free; make room, or choose another --data")
    return f"{free / 1e9:.0f} GB free"


async def _node(_: Path) -> str:
    from millstream_validator.adapters.node import NODE_BIN  # noqa: PLC0415 - may be missing

    return await _version(str(NODE_BIN / "node"))


async def _sandbox(_: Path) -> str:
    from millstream_validator.adapters.bubblewrap import (  # noqa: PLC0415 - may be missing
        BubblewrapSandbox,
    )

    (await BubblewrapSandbox.create(1)).close()
    return "bubblewrap holds: no network, no host files, no root"


async def _broker(_: Path) -> str:
    from millstream_embedded.broker import binary  # noqa: PLC0415 - may be missing

    return await _version(str(binary()))


async def _database(_: Path) -> str:
    from millstream_embedded.postgres import binary  # noqa: PLC0415 - may be missing

    return await _version(str(binary("postgres")))


async def _ports(data: Path) -> str:
    if read_env(Options(data=data).folder.client_env):
        return "in use by the running stack"
    taken = [port for port in (8080, 8081) if not is_free(port)]
    if taken:
        raise Ailment(f"port {taken[0]} is in use; start with another: millstream up --port 8090")
    return "8080 and 8081 are free"


async def _provider(_: Path) -> str:
    if os.environ.get(PROVIDERS):
        return ", ".join(sorted(_providers()))
    for variable in PROVIDER_SWITCHES:
        if os.environ.get(variable):
            return f"{variable} is set"
    return "none is set: the simulator answers (set OPENAI_API_KEY for a real model)"


def _providers() -> set[str]:
    from millstream_agent.adapters.gateway.providers import (  # noqa: PLC0415 - may be missing
        read_configuration,
    )

    routes = read_configuration(os.environ[PROVIDERS]).catalogue(os.environ).routes
    return {offer.name for route in routes.values() for tier in route for offer in tier}


async def _stack(data: Path) -> str:
    url = read_env(Options(data=data).folder.client_env).get("MILLSTREAM_URL")
    return f"runs at {url}" if url else f"none runs in {data}"


async def _version(program: str) -> str:
    process = await asyncio.create_subprocess_exec(
        program, "--version", stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise Ailment(f"{program} does not run; install again with: make clean setup")
    return output.decode().strip()


def _free_bytes(data: Path) -> int:
    whole = data.absolute()
    place = next(folder for folder in (whole, *whole.parents) if folder.exists())
    return shutil.disk_usage(place).free
