"""How soon a viewer who comes back has the whole of a long run."""

import asyncio
import os
import signal
import time
from typing import Any, Final

import httpx
import nats

from deploy.bench.latency import Latency, latency
from millstream_embedded.client import Gateway
from millstream_embedded.stack import Stack
from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import MessageType, RunKind
from millstream_shared.contracts.runs import Done, TextDelta
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.run_log import RunWriter

EVENTS: Final = 1_000
TEXT: Final = "x" * 300
"""About what a model writes between two events, at twenty events a second."""
RESUME_MS: Final = 100.0
RESTART_SECONDS: Final = 30.0


async def time_resume(stack: Stack, samples: int) -> tuple[Latency, Latency]:
    """From the request, on a new connection, to the last of 1,000 stored events.

    First at the gateway that saw the run, which keeps recent events; then at one that has just
    started and reads them all from the log.
    """
    async with Gateway.connect(stack.url, stack.api_key) as gateway:
        message = await _ended_message(gateway)
    await _write_long_log(stack, message["id"])
    url = f"{stack.url}/api/messages/{message['id']}/stream"
    warm = [await _resume(url, stack.api_key) for _ in range(samples)]
    await _restart_gateway(stack)
    cold = [await _resume(url, stack.api_key) for _ in range(samples)]
    return latency(warm, RESUME_MS), latency(cold, RESUME_MS)


async def _ended_message(gateway: Gateway) -> dict[str, Any]:
    project = await gateway.create_project("react")
    accepted = await gateway.send(project["id"], "A message whose log is written anew")
    await gateway.cancel(accepted["message"]["id"])
    async for _ in gateway.events(accepted["streamUrl"]):
        pass
    message: dict[str, Any] = accepted["message"]
    return message


async def _write_long_log(stack: Stack, message_id: str) -> None:
    client = await nats.connect(stack.nats_url)
    bus = Bus(client)
    await bus.js.purge_stream(subjects.RUNS, subject=subjects.run_entries(message_id))
    writer = await RunWriter.open(bus, message_id, attempt=9)
    for _ in range(EVENTS - 1):
        await writer.append(RunKind.DELTA, TextDelta(part="1", text=TEXT))
    await writer.append(RunKind.DELTA, Done(message_type=MessageType.ERROR))
    await client.close()


async def _restart_gateway(stack: Stack) -> None:
    killed = stack.pids["gateway"]
    os.kill(killed, signal.SIGKILL)
    async with httpx.AsyncClient(base_url=stack.url) as anyone, asyncio.timeout(RESTART_SECONDS):
        while stack.pids.get("gateway") == killed or not await _is_ready(anyone):  # noqa: ASYNC110  another process
            await asyncio.sleep(0.1)


async def _is_ready(gateway: httpx.AsyncClient) -> bool:
    try:
        return (await gateway.get("/readyz")).is_success
    except httpx.TransportError:
        return False


async def _resume(url: str, key: str) -> float:
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(headers=headers, timeout=30) as viewer:
        begun = time.monotonic()
        answer = await viewer.get(url)
        taken = time.monotonic() - begun
    if answer.content.count(b"\nevent: ") != EVENTS:
        raise RuntimeError("the stream is not the log")
    return taken
