"""What clients hear when a part behind the gateway is full or away, and how it ends."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator

import httpx
import pytest
from nats.aio.client import Client

from millstream_shared.contracts import subjects
from millstream_shared.contracts.generation import GenerationRequested
from millstream_shared.contracts.keys import ApiKey
from millstream_shared.contracts.store import GenerationBegun
from millstream_shared.contracts.views import MessageView
from millstream_shared.runtime import streams
from tests.fakes.store import NOW, FakeStore
from tests.integration.gateway.conftest import RunLog, running_gateway
from tests.integration.gateway.process import gateway_process
from tests.integration.gateway.sse import EVENTS, auth, until
from tests.support import broker as brokers
from tests.support.ports import free_port


async def test_a_full_queue_is_said_before_a_credit_is_spent(
    http: httpx.AsyncClient, store: FakeStore, nats_client: Client
) -> None:
    """429 with Retry-After, and the store was not asked to begin."""
    js = nats_client.jetstream()
    config = next(stream for stream in streams.STREAMS if stream.name == subjects.GENERATIONS)
    project = store.add_project("user-alice")
    path = f"/api/projects/{project.id}/messages"
    assert (await http.post(path, json={"content": "fits"})).status_code == 202
    waiting = (await js.stream_info(subjects.GENERATIONS)).state.messages
    await js.update_stream(config.evolve(max_msgs=waiting))
    begun = store.asked["begin_generation"]
    try:
        response = await http.post(path, json={"content": "does not"})
    finally:
        await js.update_stream(config)
    assert (response.status_code, response.json()["code"]) == (429, "queue_full")
    assert int(response.headers["retry-after"]) > 0
    assert store.asked["begin_generation"] == begun


async def test_a_prompt_that_was_stored_but_not_queued_is_queued_by_the_repeat(
    http: httpx.AsyncClient, store: FakeStore, nats_client: Client
) -> None:
    """The same Idempotency-Key finds the message PENDING and puts it on the queue."""
    js = nats_client.jetstream()
    project = store.add_project("user-alice")
    message = store.add_message("user-alice", project.id)
    request = GenerationRequested(
        message_id=message.id, project_id=project.id, user_id="user-alice", requested_at=NOW
    )
    store.begun[f"lost-{project.id}"] = GenerationBegun(
        user_message=message, message=message, request=request
    )
    before = (await js.stream_info(subjects.GENERATIONS)).state.messages
    response = await http.post(
        f"/api/projects/{project.id}/messages",
        json={"content": "x"},
        headers={"idempotency-key": f"lost-{project.id}"},
    )
    assert response.status_code == 202
    assert (await js.stream_info(subjects.GENERATIONS)).state.messages == before + 1


@pytest.fixture
async def alone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[brokers.Broker]:
    """A broker that a test may take away; nobody answers for the store."""
    with brokers.running_broker(tmp_path_factory.mktemp("alone")) as broker:
        await brokers.answers(broker)
        yield broker


async def test_without_store_and_without_broker(alone: brokers.Broker, alice: ApiKey) -> None:
    """Alive but not ready; every question is answered with 503 at once, and never hangs."""
    async with running_gateway(alone.url) as gateway:
        await asyncio.sleep(0.3)
        response = await gateway.http.get("/readyz")
        assert (response.status_code, response.text) == (503, "the store does not answer")
        alone.process.terminate()
        alone.process.wait(10)
        await asyncio.sleep(1.1)  # readiness is remembered for a second
        async with asyncio.timeout(3):
            response = await gateway.http.get("/readyz")
            assert (response.status_code, response.text) == (503, "the broker is away")
            assert (await gateway.http.get("/healthz")).status_code == 200
            for path in ("/api/usage", "/api/messages/x", "/api/messages/x/stream"):
                response = await gateway.http.get(path, headers=auth(alice))
                assert (response.status_code, response.json()["code"]) == (503, "unavailable")
                assert response.headers["retry-after"]


async def test_a_gateway_starts_without_a_broker(alice: ApiKey) -> None:
    """It listens and says so, instead of hanging before it listens."""
    async with running_gateway(f"nats://127.0.0.1:{free_port()}") as gateway:
        assert (await gateway.http.get("/healthz")).status_code == 200
        assert (await gateway.http.get("/readyz")).status_code == 503
        response = await gateway.http.get("/api/usage", headers=auth(alice))
        assert response.status_code == 503


async def test_sigterm_ends_streams_and_exits_with_zero(
    gateway_broker: brokers.Broker, message: MessageView, run_log: RunLog, alice: ApiKey
) -> None:
    """An open stream ends cleanly at once, to be resumed elsewhere; the exit code is 0."""
    await run_log.write(*EVENTS[:3])
    async with (
        gateway_process(gateway_broker.url) as gateway,
        httpx.AsyncClient(base_url=gateway.url, headers=auth(alice)) as http,
        http.stream("GET", f"/api/messages/{message.id}/stream") as response,
    ):
        process = gateway.process
        await until(response, 3)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(3):
            await process.wait()
    assert process.stderr
    errors = (await process.stderr.read()).decode()
    assert process.returncode == 0, errors
    assert "Traceback" not in errors


async def test_a_taken_port_is_said_plainly(gateway_broker: brokers.Broker) -> None:
    """One line that names the port and the variable, and exit code 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "millstream_gateway.app",
            env={**os.environ, "MILLSTREAM_GATEWAY_PORT": str(port)},
            stderr=asyncio.subprocess.PIPE,
        )
        _, errors = await process.communicate()
    assert process.returncode == 1
    last = errors.decode().splitlines()[-1]
    assert str(port) in last
    assert "MILLSTREAM_GATEWAY_PORT" in last
