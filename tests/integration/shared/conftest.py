"""The plumbing on a real nats-server, with all streams declared."""

from collections.abc import AsyncIterator

import pytest

from millstream_shared.runtime import streams
from millstream_shared.runtime.bus import Bus
from tests.support.broker import Broker


@pytest.fixture
async def bus(broker: Broker) -> AsyncIterator[Bus]:
    client = await broker.connect()
    bus = Bus(client)
    await streams.declare(bus.js)
    yield bus
    await client.close()
