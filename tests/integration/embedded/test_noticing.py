"""All services together on a broker that hangs, or comes back with nothing."""

import asyncio
import json
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator, Sequence

import httpx
import nats
import pytest

from millstream_embedded.stack import Stack
from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import Framework
from tests.support.stack import stack_in

SERVICES = ("store", "validator", "agent", "api")
RED_SECONDS = 10.0
GREEN_SECONDS = 5.0


@pytest.fixture(scope="module")
async def own_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A stack whose broker these tests may treat badly."""
    async with stack_in(tmp_path_factory.mktemp("noticing")) as stack:
        yield stack


async def test_readiness_goes_red_when_the_broker_hangs_and_green_when_it_is_back(
    own_stack: Stack,
) -> None:
    """Of every service: a connection that looks fine is not enough."""
    assert await _statuses(own_stack) == [200] * len(SERVICES)
    os.kill(own_stack.pids["broker"], signal.SIGSTOP)
    try:
        red = await _seconds_until(own_stack, [503] * len(SERVICES))
        # Long enough for the clients to have given their connections up.
        await asyncio.sleep(max(0, 15 - red))
    finally:
        os.kill(own_stack.pids["broker"], signal.SIGCONT)
    green = await _seconds_until(own_stack, [200] * len(SERVICES))
    assert red < RED_SECONDS
    assert green < GREEN_SECONDS


async def test_after_a_wipe_all_is_put_back_without_a_restart(own_stack: Stack) -> None:
    """Streams, every durable consumer and the frameworks' cards; the services are the same."""
    before = {name: pid for name, pid in own_stack.pids.items() if name != "broker"}
    consumers = await _consumers(own_stack)
    assert len(consumers) >= 8
    shutil.rmtree(own_stack.data / "jetstream")
    os.kill(own_stack.pids["broker"], signal.SIGKILL)
    async with asyncio.timeout(30):
        while await _consumers(own_stack) != consumers or not await _has_card(own_stack):  # noqa: ASYNC110 - other processes cannot set our events
            await asyncio.sleep(0.1)
    assert await _seconds_until(own_stack, [200] * len(SERVICES)) < GREEN_SECONDS
    assert {name: pid for name, pid in own_stack.pids.items() if name != "broker"} == before


async def _seconds_until(stack: Stack, statuses: Sequence[int]) -> float:
    began = time.monotonic()
    async with asyncio.timeout(40):
        while await _statuses(stack) != statuses:  # noqa: ASYNC110 - other processes cannot set our events
            await asyncio.sleep(0.1)
    return time.monotonic() - began


async def _statuses(stack: Stack) -> list[int]:
    ports = json.loads((stack.data / "run" / "state.json").read_text())
    async with httpx.AsyncClient(timeout=10) as client:
        asking = (client.get(f"http://127.0.0.1:{ports[name]}/readyz") for name in SERVICES)
        return [answer.status_code for answer in await asyncio.gather(*asking)]


async def _consumers(stack: Stack) -> set[str]:
    """The durable ones, by stream; empty while the broker is away."""
    found: set[str] = set()
    try:
        client = await nats.connect(stack.nats_url, allow_reconnect=False)
    except OSError:
        return found
    js = client.jetstream()
    try:
        for stream in await js.streams_info():
            name = stream.config.name or ""
            found |= {f"{name}:{each.name}" for each in await js.consumers_info(name)}
    except nats.errors.Error:
        return set()
    finally:
        await client.close()
    return {name for name in found if not name.startswith(("KV_", "EVENTS:"))}


async def _has_card(stack: Stack) -> bool:
    client = await nats.connect(stack.nats_url, allow_reconnect=False)
    try:
        await (await client.jetstream().key_value(subjects.CARDS)).get(Framework.REACT)
    except nats.js.errors.NotFoundError:
        return False
    finally:
        await client.close()
    return True
