"""Connecting to NATS: one FastStream broker a process; its raw client serves the hot paths."""

import logging
from contextlib import suppress
from typing import Any, Final

from faststream.nats import NatsBroker
from faststream.nats.subscriber.usecases.stream_pull_subscriber import PullStreamSubscriber
from nats.errors import Error as NatsError

from millstream_shared.runtime.patience import PatientPulls
from millstream_shared.runtime.settings import CommonSettings
from millstream_shared.runtime.settled import settle
from millstream_shared.runtime.upkeep import Prepare, Upkeep

DRAIN_SECONDS: Final = 5
"""At the very end, for what still waits in subscriptions; the work in hand has ended by then."""


class Broker(NatsBroker):
    """FastStream's broker, made to outlive a server that comes back with an empty store."""

    def __init__(self, url: str, **options: Any) -> None:
        """`options` are those of NatsBroker."""
        self._upkeep = Upkeep()
        super().__init__(url, reconnected_cb=self._upkeep.ring, **options)

    async def keep(self, prepare: Prepare) -> None:
        """Prepares now, for as long as that takes, and again after every reconnect."""
        await self._upkeep.begin(prepare)

    async def start(self) -> None:
        await super().start()
        for subscriber in self.subscribers:
            if isinstance(subscriber, PullStreamSubscriber) and subscriber.subscription:
                patient = PatientPulls(subscriber.subscription, self._upkeep.ring)
                subscriber.subscription = patient  # type: ignore[assignment]  # all that is used of it
        await self._settle()

    async def _settle(self) -> None:
        """Who is told that we have started must not ask before the server knows what we hear."""
        with suppress(TimeoutError, NatsError):  # a server that hangs learns it when it wakes up
            await settle(await self.connect())

    async def stop(self, *exception: Any) -> None:
        await self._upkeep.end()
        await super().stop(*exception)


def build_broker(settings: CommonSettings, service: str, graceful_timeout: float) -> Broker:
    """A broker, not yet connected.

    A hung server is noticed within 2 pings x 5 s (the client's default takes minutes), and
    reconnecting is tried for ever: readiness, not an exit, tells that the broker is away.
    """
    return Broker(
        settings.nats_url.get_secret_value(),
        name=f"millstream-{service}",
        ping_interval=5,
        max_outstanding_pings=2,
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        graceful_timeout=graceful_timeout,
        drain_timeout=DRAIN_SECONDS,
        logger=logging.getLogger("millstream.broker"),
        log_level=logging.DEBUG,
        specification_url="nats://broker",  # the real one holds a password
    )
