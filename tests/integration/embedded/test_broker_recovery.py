"""The stack restarts a broker that does not get well by itself, and says so."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from millstream_embedded.operator import read_env
from tests.support.small_disk import small_disk

Start = Callable[..., Any]


async def connect(up: Any) -> Client:
    url = read_env(up.data / "run" / "operator.env")["MILLSTREAM_NATS_URL"]
    return await nats.connect(url, reconnect_time_wait=1)


def test_a_hung_broker_is_restarted(start: Start) -> None:
    """Stopped, it is neither dead nor alive; supervisord would wait for ever."""
    up = start().wait_until_ready()
    broker = up.child("nats-server")
    began = time.monotonic()
    broker.send_signal(signal.SIGSTOP)
    up.wait_for(lambda: "The broker is restarted: it does not answer." in up.screen, seconds=40)
    up.wait_to_say("The broker is ready again after restart 1.")
    assert time.monotonic() - began < 40
    assert up.child("nats-server").pid != broker.pid
    assert up.stop() == 0


@pytest.mark.chaos
def test_a_short_pause_is_not_an_illness(start: Start) -> None:
    """A laptop's lid, a busy machine: the same broker goes on."""
    up = start().wait_until_ready()
    broker = up.child("nats-server")
    broker.send_signal(signal.SIGSTOP)
    time.sleep(6)
    broker.send_signal(signal.SIGCONT)
    time.sleep(3)
    assert up.child("nats-server").pid == broker.pid
    assert "restarted" not in up.screen
    assert up.stop() == 0


@pytest.mark.chaos
async def test_after_a_full_disk_the_broker_stores_again_by_itself(
    start: Start, tmp_path: Path
) -> None:
    """Not before there is room, as a restart would not help; then within half a minute."""
    with small_disk(tmp_path / "data" / "jetstream", megabytes=32) as disk:
        up = start().wait_until_ready()
        client = await connect(up)
        js = client.jetstream(timeout=2)
        await js.add_stream(name="BIG", subjects=["big"])
        with pytest.raises(NatsError):
            await _fill(js)
        await asyncio.sleep(6)
        assert "restarted" not in up.screen
        disk.grow(megabytes=128)
        began = time.monotonic()
        with pytest.raises(NatsError):
            await js.publish("big", b"it stays refused")
        await _stored(js)
        assert time.monotonic() - began < 30
        assert "The broker is restarted: it refuses to store" in up.screen
        await client.close()
        assert up.stop() == 0


async def _fill(js: JetStreamContext) -> None:
    for _ in range(100):
        await js.publish("big", os.urandom(1_000_000))


async def _stored(js: JetStreamContext) -> None:
    """Returns when a publish works; the test's own time limit ends it otherwise."""
    while True:
        try:
            await js.publish("big", b"works again")
        except NatsError:
            await asyncio.sleep(0.1)
            continue
        return
