"""The whole system for tests, as `millstream up` runs it: real parts everywhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console

from deploy.bench.bench_stack import environment_of
from millstream_embedded.options import Options
from millstream_embedded.programs import ENTRY
from millstream_embedded.stack import Stack, running_stack

FAST = {"MILLSTREAM_AGENT_MODEL": "sim-fast"}


@asynccontextmanager
async def stack_in(
    data: Path, *, entry: tuple[str, ...] = ENTRY, **variables: str
) -> AsyncIterator[Stack]:
    """A ready stack on free ports, with the simulator at speed unless `variables` say otherwise.

    `entry` is the command that, given a service's name, becomes that service.
    """
    options = Options(data=data, port=0, quiet=True)
    with environment_of({**FAST, **variables}):
        async with running_stack(options, Console(), entry=entry) as stack:
            yield stack
