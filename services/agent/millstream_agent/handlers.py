"""Events in."""

import structlog
from faststream.nats import NatsBroker, NatsMessage
from nats.js import api

from millstream_agent.adapters.leaving import Leaving
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

LAST_DELIVERY = 20
"""Of a message that fails before an attempt can be recorded; attempts have a limit of their own."""
logger = structlog.get_logger()


class GenerationHandler:
    """Takes messages up, one per slot."""

    def __init__(self, knobs: Knobs, settings: AgentSettings, ack_wait: float) -> None:
        self._knobs = knobs
        self._ack_wait = ack_wait
        self._settings = settings
        self._leaving = Leaving(settings.graceful_timeout)
        self.runner: Runner | None = None
        """Set once the broker is connected, before the first message is fetched."""

    async def stop(self) -> None:
        """From now on runs are handed over at their next step, or in the middle of a long one."""
        self._leaving.begin()

    async def on_generation_requested(
        self, event: GenerationRequested, message: NatsMessage
    ) -> None:
        """Acknowledges when the message has reached its end; else the broker delivers it again."""
        with structlog.contextvars.bound_contextvars(message_id=event.message_id):
            if self._leaving.has_begun:
                await hand_back(message)
            else:
                await holding(message, self._take(event, message), self._ack_wait)

    async def _take(self, event: GenerationRequested, message: NatsMessage) -> None:
        assert self.runner is not None, "messages are fetched only after the start"  # noqa: S101 - states an order, guards nothing
        raw = message.raw_message
        request_id = (raw.headers or {}).get(api.Header.MSG_ID)
        asked_before = deliveries(message) > 1 or request_id != event.message_id
        try:
            # Whoever has an older request for the message brings it to its end.
            first = await self.runner.first_request(event.message_id)
            if first in {raw.metadata.sequence.stream, None}:
                await self.runner.attempt(
                    event, self._knobs, self._settings, self._leaving, again=asked_before
                )
        except HandedOver:
            logger.info("handed over to another agent")
            await message.nack()
        except Fenced:
            logger.warning("another agent holds this run; leaving it to that one")
        except Refused as refused:
            await self._refused(refused, event, message)
        except Exception as error:
            logger.exception("attempt failed", delivery=deliveries(message))
            await self._give_up_or_back(event, message, error)
        else:
            await message.ack()

    async def _refused(
        self, refused: Refused, event: GenerationRequested, message: NatsMessage
    ) -> None:
        """A store that is away is asked again; a message that it will never hand out is ended."""
        if refused.refusal.code == "unavailable" or self.runner is None:
            await hand_back(message)
            return
        deleted = refused.refusal.code == "not_found"
        logger.warning("the message cannot be taken up", refusal=str(refused))
        await self._end(event, message, deleted=deleted)

    async def _give_up_or_back(
        self, event: GenerationRequested, message: NatsMessage, error: Exception
    ) -> None:
        hopeless = deliveries(message) >= LAST_DELIVERY and not isinstance(error, Transient)
        await (self._end(event, message) if hopeless else hand_back(message))

    async def _end(
        self, event: GenerationRequested, message: NatsMessage, *, deleted: bool = False
    ) -> None:
        """Ends a message that cannot be taken up; should that fail, it comes again for it."""
        assert self.runner is not None, "messages are fetched only after the start"  # noqa: S101 - states an order, guards nothing
        try:
            await self.runner.abandon(event, deleted=deleted)
        except (Transient, Refused, Fenced):
            logger.exception("the message could not be ended yet")
            await hand_back(message)
        else:
            await message.ack()


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
