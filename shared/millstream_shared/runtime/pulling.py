"""Taking work off a queue: durable consumers that replicas share, and the loops that pull."""

from collections.abc import Callable
from typing import Any

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from nats.js import api


def work_consumer(
    durable: str, subject: str, max_deliver: int, ack_wait: float
) -> api.ConsumerConfig:
    """A durable consumer; `max_deliver` of -1 leaves giving up to the handler."""
    return api.ConsumerConfig(
        durable_name=durable,
        filter_subject=subject,
        ack_policy=api.AckPolicy.EXPLICIT,
        ack_wait=ack_wait,
        max_deliver=max_deliver,
        max_ack_pending=10_000,
    )


def pull_loops(
    broker: NatsBroker,
    stream: str,
    consumer: api.ConsumerConfig,
    handler: Callable[..., Any],
    count: int,
) -> None:
    """Registers `handler` on `count` loops of one message each.

    A loop that fetched more would leave the rest unattended, and FastStream's own ack policy
    would terminate a message whose handler raised: acknowledging is the handler's.
    """
    for _ in range(count):
        broker.subscriber(
            consumer.filter_subject or "",
            stream=JStream(stream, declare=False),
            durable=consumer.durable_name,
            pull_sub=PullSub(batch_size=1),
            ack_policy=AckPolicy.MANUAL,
        )(handler)
