"""Reads facts off the run log with a raw pull loop: FastStream's waits for its batch to fill."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext, api

from millstream_shared.contracts import subjects
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.dead import bury
from millstream_shared.runtime.errors import Transient
from millstream_shared.runtime.streams import declare_consumer

DURABLE: Final = "store-facts"
BATCH: Final = 100
FETCH_SECONDS: Final = 2.0
PAUSE_SECONDS: Final = 1.0
MOST_DELIVERIES: Final = 10
"""Of a fact that cannot be applied; its backing-off adds up to about five minutes."""
LONGEST_DELAY: Final = 60.0

CONSUMER: Final = api.ConsumerConfig(
    durable_name=DURABLE,
    description="What the store keeps of runs",
    filter_subject="run.*.status",
    ack_policy=api.AckPolicy.EXPLICIT,
    ack_wait=10,
    max_ack_pending=10 * BATCH,
    # No max_deliver: however long the database is away, no fact is lost. A bad one is buried.
)

Handler = Callable[[Sequence[bytes]], Awaitable[Sequence[BaseException | None]]]
"""Answers for each fact of a batch why it was not applied; raises Transient to be asked again."""

Farewell = Callable[[bytes], Awaitable[None]]
"""Hears of a fact that will never be applied, before it is buried; raises Transient."""

log = structlog.get_logger("millstream.store.facts")


class FactConsumer:
    def __init__(
        self,
        bus: Bus,
        handler: Handler,
        farewell: Farewell,
        most_deliveries: int = MOST_DELIVERIES,
    ) -> None:
        self._bus = bus
        self._handler = handler
        self._farewell = farewell
        self._most_deliveries = most_deliveries

    async def run(self) -> None:
        """Until cancelled. What was not acknowledged by then is delivered again."""
        while True:
            try:
                await self._consume(await self._subscribe())
            except (NatsError, OSError) as error:
                log.warning("the run log cannot be read; trying again", error=repr(error))
                await asyncio.sleep(PAUSE_SECONDS)

    async def _subscribe(self) -> JetStreamContext.PullSubscription:
        await declare_consumer(self._bus.js, subjects.RUNS, CONSUMER)
        return await self._bus.js.pull_subscribe_bind(consumer=DURABLE, stream=subjects.RUNS)

    async def _consume(self, subscription: JetStreamContext.PullSubscription) -> None:
        try:
            while True:
                try:
                    batch = await subscription.fetch(BATCH, timeout=FETCH_SECONDS)
                except NatsTimeoutError:
                    continue
                await self._settle(batch)
        finally:
            await subscription.unsubscribe()

    async def _settle(self, batch: Sequence[Msg]) -> None:
        """Applies and acknowledges; while the database is away the batch is held, in order."""
        while True:
            try:
                outcomes = await self._handler([message.data for message in batch])
                break
            except Transient as error:
                log.warning("facts wait for the database", count=len(batch), error=str(error))
                await asyncio.gather(*(message.in_progress() for message in batch))
                await asyncio.sleep(PAUSE_SECONDS)
        for message, failure in zip(batch, outcomes, strict=True):
            await (message.ack() if failure is None else self._hand_back(message, failure))

    async def _hand_back(self, message: Msg, failure: BaseException) -> None:
        deliveries = message.metadata.num_delivered
        log.error(
            "a fact was not applied",
            subject=message.subject,
            deliveries=deliveries,
            error=repr(failure),
        )
        if isinstance(failure, Transient):
            await message.nak(delay=PAUSE_SECONDS)
        elif deliveries < self._most_deliveries:
            await message.nak(delay=min(2.0**deliveries, LONGEST_DELAY))
        else:
            await self._give_up(message, failure)

    async def _give_up(self, message: Msg, failure: BaseException) -> None:
        """It goes to the dead letters first: a crash in between buries it once more, or not yet."""
        place = message.metadata
        try:
            await self._farewell(message.data)
            await bury(
                self._bus,
                subjects.RUNS,
                message.subject,
                message.data,
                repr(failure),
                place.num_delivered,
                f"{place.stream}:{place.sequence.stream}",
            )
        except Transient:
            await message.nak(delay=PAUSE_SECONDS)
        else:
            await message.term()
