"""The gateway's connection to the broker.

It is made in the background: a gateway without a broker is alive, says 503, and recovers.
"""

import stamina
from faststream.nats import NatsBroker
from nats.aio.client import Client
from nats.errors import Error as NatsError

from millstream_shared.runtime import streams
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.errors import Transient


class Link:
    """One broker connection; asking for it while it is away raises Transient at once."""

    def __init__(self, broker: NatsBroker) -> None:
        self._broker = broker
        self._bus: Bus | None = None

    async def open(self) -> None:
        """Connects and declares the streams, for as long as that takes."""
        bus = Bus(await self._broker.connect())
        async for attempt in stamina.retry_context(
            on=(NatsError, OSError, TimeoutError), attempts=None, timeout=None, wait_max=2
        ):
            with attempt:
                await streams.declare(bus.js)
        self._bus = bus

    async def close(self) -> None:
        await self._broker.stop()

    @property
    def bus(self) -> Bus:
        if self._bus is None or not self._bus.client.is_connected:
            raise Transient("the broker is away")
        return self._bus

    @property
    def client(self) -> Client:
        return self.bus.client
