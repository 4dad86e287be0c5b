"""Events in."""

import asyncio

import structlog
from faststream.nats import NatsBroker, NatsMessage
from nats.js import api

from millstream_agent.adapters.runner import Runner
from millstream_agent.core.failures import HandedOver
from millstream_agent.core.knobs import Knobs
from millstream_agent.settings import AgentSettings
from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import Lane
from millstream_shared.contracts.generation import GenerationRequested
from millstream_shared.contracts.store import Refused
from millstream_shared.runtime.errors import Fenced, Transient
from millstream_shared.runtime.leases import deliveries, hand_back, holding
from millstream_shared.runtime.pulling import pull_loops, work_consumer
from millstream_shared.runtime.tasks import beside

HAND_OVER_AFTER = 0.7
"""The part of `graceful_timeout` after which a stopping agent hands over in mid-step."""
LAST_DELIVERY = 20
"""Of a message that fails before an attempt can be recorded; attempts have a limit of their own."""
logger = structlog.get_logger()


class GenerationHandler:
    """Takes messages up, one per slot."""

    def __init__(self, knobs: Knobs, settings: AgentSettings, ack_wait: float) -> None:
        self._knobs = knobs
        self._ack_wait = ack_wait
        self._settings = settings
        self._stopping = asyncio.Event()
        self.runner: Runner | None = None
        """Set once the broker is connected, before the first message is fetched."""

    async def stop(self) -> None:
        """From now on runs are handed over at their next step, or in the middle of a long one."""
        self._stopping.set()

    async def on_generation_requested(
        self, event: GenerationRequested, message: NatsMessage
    ) -> None:
        """Acknowledges when the message has reached its end; else the broker delivers it again."""
        with structlog.contextvars.bound_contextvars(message_id=event.message_id):
            if self._stopping.is_set():
                await hand_back(message)
            else:
                await holding(message, self._take(event, message), self._ack_wait)

    async def _take(self, event: GenerationRequested, message: NatsMessage) -> None:
        assert self.runner is not None, "messages are fetched only after the start"  # noqa: S101 - states an order, guards nothing
        number = message.raw_message.metadata.sequence.stream
        try:
            # Whoever has an older request for the message brings it to its end.
            if await self.runner.first_request(event.message_id) in {number, None}:
                await self._attempt(self.runner, event)
        except HandedOver:
            logger.info("handed over to another agent")
            await message.nack()
        except Fenced:
            logger.warning("another agent holds this run; leaving it to that one")
        except Refused as refused:
            await self._refused(refused, message)
        except Exception as error:
            logger.exception("attempt failed", delivery=deliveries(message))
            await self._give_up_or_back(event, message, error)
        else:
            await message.ack()

    async def _attempt(self, runner: Runner, event: GenerationRequested) -> None:
        attempt = runner.attempt(event, self._knobs, self._settings, self._stopping.is_set)
        await beside(attempt, self._hand_over_in_time())

    async def _hand_over_in_time(self) -> None:
        await self._stopping.wait()
        await asyncio.sleep(HAND_OVER_AFTER * self._settings.graceful_timeout)
        raise HandedOver("this agent has no more time")

    async def _refused(self, refused: Refused, message: NatsMessage) -> None:
        if refused.refusal.code == "not_found":  # the project was deleted meanwhile
            await message.ack()
        else:
            await hand_back(message)

    async def _give_up_or_back(
        self, event: GenerationRequested, message: NatsMessage, error: Exception
    ) -> None:
        """Ends a message that can never be taken up; should that fail, it comes again for it."""
        hopeless = deliveries(message) >= LAST_DELIVERY and not isinstance(error, Transient)
        if hopeless and self.runner is not None:
            try:
                await self.runner.abandon(event)
            except (Transient, Refused):
                logger.exception("the message could not be ended yet")
            else:
                await message.ack()
                return
        await hand_back(message)


def consumer(lane: Lane, ack_wait: float) -> api.ConsumerConfig:
    """The lane's consumer. When to give up is for the agents to decide."""
    subject = f"generation.requested.{lane}.>"
    return work_consumer(f"agents-{lane}", subject, max_deliver=-1, ack_wait=ack_wait)


def subscribe(broker: NatsBroker, handler: GenerationHandler, slots: int, ack_wait: float) -> None:
    """All slots serve the high lane, a quarter as many more the low one."""
    for lane, loops in ((Lane.HIGH, slots), (Lane.LOW, max(1, slots // 4))):
        pull_loops(
            broker,
            subjects.GENERATIONS,
            consumer(lane, ack_wait),
            handler.on_generation_requested,
            loops,
        )
