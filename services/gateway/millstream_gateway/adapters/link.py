"""The gateway's connection to the broker.

It is made in the background: a gateway without a broker is alive, says 503, and recovers.
"""

from collections.abc import Callable

from nats.aio.client import Client

from millstream_shared.runtime import streams
from millstream_shared.runtime.broker import Broker
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.errors import Transient


class Link:
    """One broker connection; asking for it while it is away raises Transient at once."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._bus: Bus | None = None

    async def open(self, on_ready: Callable[[], None]) -> None:
        """Connects and declares the streams, for as long as that takes, and after reconnects.

        `on_ready` is called each time that it is done.
        """
        bus = Bus(await self._broker.connect())

        async def prepare() -> None:
            await streams.declare(bus.js)
            on_ready()

        await self._broker.keep(prepare)
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
