"""The validators' queues: a durable consumer for each kind of work, and the loops that pull."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from faststream.nats import NatsBroker
from nats.js import api

from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import CheckKind
from millstream_shared.runtime.leases import MAX_DELIVERIES
from millstream_shared.runtime.pulling import pull_loops, work_consumer
from millstream_validator.handlers.undertaker import Undertaker
from millstream_validator.handlers.workshop import WorkshopHandlers

DELIVERIES: Final = 2 * MAX_DELIVERIES
"""Work that fails is answered after MAX_DELIVERIES; the rest is for replicas that die over it."""
VALIDATIONS_AT_ONCE: Final = 16
"""A validation only waits for its checks, so many fit into one process."""


def consumers(ack_wait: float) -> Iterator[tuple[str, api.ConsumerConfig]]:
    """Stream and consumer, one for each kind, so that a build never blocks a lint."""
    for kind in ("validate", *CheckKind, "command"):
        yield subjects.CHECKS, _workshop(kind, ack_wait)
    yield subjects.ADVISORIES, _undertakers(ack_wait)


def subscribe(
    broker: NatsBroker,
    workshop: WorkshopHandlers,
    undertaker: Undertaker,
    slots: int,
    ack_wait: float,
) -> None:
    """As many loops a kind as there are slots in the sandbox; validations only wait."""
    loops: list[tuple[str, Callable[..., Any], int]] = [
        ("validate", workshop.on_validation_requested, VALIDATIONS_AT_ONCE),
        *((kind, workshop.on_check_requested, slots) for kind in CheckKind),
        ("command", workshop.on_command_requested, slots),
    ]
    for kind, handler, count in loops:
        pull_loops(broker, subjects.CHECKS, _workshop(kind, ack_wait), handler, count)
    exhausted = undertaker.on_deliveries_exhausted
    pull_loops(broker, subjects.ADVISORIES, _undertakers(ack_wait), exhausted, count=1)


def _workshop(kind: str, ack_wait: float) -> api.ConsumerConfig:
    return work_consumer(f"workshop-{kind}", f"check.{kind}.*", DELIVERIES, ack_wait)


def _undertakers(ack_wait: float) -> api.ConsumerConfig:
    subject = subjects.deliveries_exhausted(subjects.CHECKS)
    return work_consumer("undertakers", subject, max_deliver=-1, ack_wait=ack_wait)
