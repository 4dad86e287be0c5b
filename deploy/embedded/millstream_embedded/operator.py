"""What operators do on a running system, over NATS."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError

from millstream_embedded.options import Options, StackError
from millstream_shared.contracts.enums import Plan
from millstream_shared.contracts.store import CREATE_KEY, CreateKey, NewKey
from millstream_shared.runtime import rpc

VARIABLE = "MILLSTREAM_NATS_URL"


async def create_key(data: Path, user: str, plan: Plan | None) -> NewKey:
    """A new API key; its secret is shown this once and stored only as a hash."""
    async with connected(data) as client:
        return await rpc.ask(client, CREATE_KEY, CreateKey(user=user, plan=plan))


@asynccontextmanager
async def connected(data: Path) -> AsyncIterator[Client]:
    """A connection to the broker of the stack in `data`, or to the one that is set by hand.

    Raises StackError where there is none.
    """
    client = await _connect(data)
    try:
        yield client
    finally:
        await client.close()


def read_env(file: Path) -> dict[str, str]:
    """The variables of an env file; empty if there is none."""
    if not file.exists():
        return {}
    lines = file.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


async def _connect(data: Path) -> Client:
    stack = read_env(Options(data=data).folder.operator_env)
    url = os.environ.get(VARIABLE) or stack.get(VARIABLE)
    if not url:
        raise StackError(
            f"No running stack was found in {data}. Start one with `make up`, "
            f"give its folder with --data, or set {VARIABLE} to the broker's address."
        )
    try:
        return await nats.connect(url, max_reconnect_attempts=1, connect_timeout=3)
    except (NatsError, OSError) as error:
        raise StackError("The broker does not answer; is the stack running?") from error
