"""Holding a message of a work queue while it is worked on, and giving it back."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from faststream.nats import NatsMessage

from millstream_shared.runtime.tasks import beside

SIGNS_OF_LIFE: Final = 3
"""How often within `ack_wait` the broker hears that a message is still held."""

MAX_DELIVERIES: Final = 5
RETRY_SECONDS: Final = 2.0
"""Before a message that was handed back comes again; doubled for each delivery."""

Result = TypeVar("Result")


async def holding(
    message: NatsMessage, work: Coroutine[Any, Any, Result], ack_wait: float
) -> Result:
    """The result of `work`, while the broker hears often enough that it goes on.

    After `ack_wait` seconds without a sign of life it gives the message to somebody else.
    """
    return await beside(work, _heartbeat(message, ack_wait / SIGNS_OF_LIFE))


def deliveries(message: NatsMessage) -> int:
    """How often the message was delivered, this time included."""
    return int(message.raw_message.metadata.num_delivered or 1)


async def hand_back(message: NatsMessage) -> None:
    """Lets the broker deliver the message again after a pause (a bare nack would spin)."""
    doublings = min(deliveries(message) - 1, MAX_DELIVERIES)
    await message.nack(delay=RETRY_SECONDS * 2**doublings)


async def _heartbeat(message: NatsMessage, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        await message.in_progress()
