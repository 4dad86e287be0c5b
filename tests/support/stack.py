"""The whole system for tests, as `millstream up` runs it: real parts everywhere."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from rich.console import Console

from millstream_embedded.environment import PROVIDER_SWITCHES
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
    with _environment({**FAST, **variables}):
        async with running_stack(options, Console(), entry=entry) as stack:
            yield stack


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """The stack reads its caller's environment; a provider of the developer's must not be used."""
    before = dict(os.environ)
    for name in PROVIDER_SWITCHES:
        os.environ.pop(name, None)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
