"""Taking work off a queue: durable consumers that replicas share, and the loops that pull."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, get_type_hints

import structlog
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from nats.js import api
from pydantic import ValidationError

from millstream_shared.contracts.model import Contract
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.dead import bury

PULL_SECONDS: Final = 3.0
"""How long one pull waits. A pull under way when the server dies is only missed at its end."""

logger = structlog.get_logger()


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
    handler: Callable[..., Awaitable[None]],
    count: int,
) -> None:
    """Registers `handler(event, message)` on `count` loops of one message each.

    The event's type is that of the handler's first parameter; what cannot be decoded as such goes
    to the dead letters. A loop that fetched more than one message would leave the rest unattended,
    and FastStream's own ack policy would terminate a message whose handler raised: acknowledging
    is the handler's.
    """
    on_message = _decoding(broker, stream, handler)
    # A sleeping replica's pulls must be over before its work is given away, or it gets it back.
    pull_seconds = min(PULL_SECONDS, (consumer.ack_wait or PULL_SECONDS) / 2)
    for _ in range(count):
        broker.subscriber(
            consumer.filter_subject or "",
            stream=JStream(stream, declare=False),
            durable=consumer.durable_name,
            pull_sub=PullSub(batch_size=1, timeout=pull_seconds),
            ack_policy=AckPolicy.MANUAL,
        )(on_message)


def _decoding(
    broker: NatsBroker, stream: str, handler: Callable[..., Awaitable[None]]
) -> Callable[[NatsMessage], Awaitable[None]]:
    kind: type[Contract] = next(iter(get_type_hints(handler).values()))

    async def on_message(message: NatsMessage) -> None:
        try:
            event = kind.decode(message.raw_message.data)
        except ValidationError as error:
            reason = f"it is no {kind.__name__}: {error.errors(include_input=False)[0]['msg']}"
            await _give_up(Bus(broker.connection), stream, message.raw_message, reason)
        else:
            await handler(event, message)

    return on_message


async def _give_up(bus: Bus, stream: str, raw: Any, reason: str) -> None:
    """Buries first: between the two steps the message may be there twice, but never not at all."""
    logger.error("a message cannot be read", subject=raw.subject, reason=reason)
    place = raw.metadata.sequence.stream
    await bury(
        bus,
        stream,
        raw.subject,
        raw.data,
        reason,
        deliveries=raw.metadata.num_delivered or 1,
        message_id=f"{stream}:{place}:{raw.metadata.timestamp.timestamp()}",
    )
    await raw.term()
