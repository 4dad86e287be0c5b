"""The embedded stack with everything that a scenario needs to load it, hurt it and look into it."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import nats
from nats.aio.client import Client

from millstream_embedded.credentials import credentials_of
from millstream_embedded.options import Folder
from millstream_embedded.ports import LOOPBACK, Ports
from millstream_embedded.postgres import database_url
from millstream_embedded.programs import ENTRY
from millstream_embedded.stack import Stack
from millstream_shared.contracts.enums import Plan
from millstream_shared.contracts.store import CREATE_KEY, CreateKey
from millstream_shared.runtime import rpc
from tests.support.stack import stack_in

ACK_WAIT: Final = 3.0
"""Seconds; a fifth of the default, so that a takeover is quick."""
MODEL: Final = {"sim-brisk": {"first_token": 0.1, "per_second": 1500}}
"""A run takes about six seconds: enough to hit it anywhere."""
SETTINGS: Final[Mapping[str, str]] = {
    "MILLSTREAM_ACK_WAIT": str(ACK_WAIT),
    "MILLSTREAM_SIMULATOR_SPEEDS": json.dumps(MODEL),
    "MILLSTREAM_AGENT_MODEL": "sim-brisk",
    "MILLSTREAM_STORE_PRO_CREDITS": "100000",
    "MILLSTREAM_STORE_SWEEP_SECONDS": "2",
}
USERS: Final = 5


@dataclass(frozen=True)
class System:
    """A running stack. `users` are clients of the API, each with a user of its own; the last one is
    kept free, to see whether a first prompt gets through.
    """

    stack: Stack
    nats: Client
    users: tuple[httpx.AsyncClient, ...]

    @property
    def folder(self) -> Folder:
        return Folder(self.stack.data)

    @property
    def ports(self) -> Ports:
        return ports_of(self.folder)

    @property
    def database_url(self) -> str:
        return database_url(self.ports, credentials_of(self.folder))

    @property
    def simulator_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.simulator}"

    def ready_url(self, service: str) -> str:
        port = self.ports.api if service == "gateway" else getattr(self.ports, service)
        return f"http://{LOOPBACK}:{port}/readyz"

    async def ready(self, service: str) -> bool:
        """Whether the service says that it can work; a new connection each time."""
        try:
            async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
                return (await client.get(self.ready_url(service))).status_code == 200
        except httpx.TransportError:
            return False


def ports_of(folder: Folder) -> Ports:
    return Ports(**json.loads((folder.run / "state.json").read_text()))


@asynccontextmanager
async def running_system(
    data: Path, *, entry: tuple[str, ...] = ENTRY, **variables: str
) -> AsyncIterator[System]:
    async with AsyncExitStack() as exits:
        settings = {**SETTINGS, **variables}
        stack = await exits.enter_async_context(stack_in(data, entry=entry, **settings))
        client = await nats.connect(
            stack.nats_url, max_reconnect_attempts=-1, reconnect_time_wait=0.2, error_cb=_ignore
        )
        exits.push_async_callback(client.close)
        users = [
            await exits.enter_async_context(await _user(stack, client, f"user{number}"))
            for number in range(USERS)
        ]
        yield System(stack, client, tuple(users))


async def _user(stack: Stack, client: Client, name: str) -> httpx.AsyncClient:
    key = await rpc.ask(client, CREATE_KEY, CreateKey(user=name, plan=Plan.PRO))
    headers = {"authorization": f"Bearer {key.key}"}
    return httpx.AsyncClient(base_url=stack.url, headers=headers, timeout=30, trust_env=False)


async def _ignore(_: Exception) -> None:
    """The client's own log of a broker that is away tells nothing new."""
