"""Connecting to NATS: one FastStream broker a process; its raw client serves the hot paths."""

import logging

from faststream.nats import NatsBroker

from millstream_shared.runtime.settings import CommonSettings


def build_broker(settings: CommonSettings, service: str, graceful_timeout: float) -> NatsBroker:
    """A broker, not yet connected.

    A hung server is noticed within 2 pings x 5 s (the client's default takes minutes), and
    reconnecting is tried for ever: readiness, not an exit, tells that the broker is away.
    """
    return NatsBroker(
        settings.nats_url.get_secret_value(),
        name=f"millstream-{service}",
        ping_interval=5,
        max_outstanding_pings=2,
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        graceful_timeout=graceful_timeout,
        logger=logging.getLogger("millstream.broker"),
        log_level=logging.DEBUG,
        specification_url="nats://broker",  # the real one holds a password
    )
