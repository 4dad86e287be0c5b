"""Work in hand: one validation becomes two checks, which any replica may do at the same time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog
from faststream.nats import NatsMessage

from millstream_shared.contracts.checks import (
    CheckFinished,
    CheckRequested,
    CommandRequested,
    ValidationFinished,
    ValidationRequested,
    WorkRequest,
)
from millstream_shared.runtime.cancels import CancelBoard
from millstream_shared.runtime.desk import Desk
from millstream_shared.runtime.errors import Permanent
from millstream_shared.runtime.leases import MAX_DELIVERIES, deliveries, hand_back, holding
from millstream_shared.runtime.tasks import beside
from millstream_validator.adapters.workbench import Workbench
from millstream_validator.handlers.answers import (
    Answer,
    checks_of,
    is_unavailable,
    subject_of,
    unavailable,
)

IDLE_LOOPS_LEAVE_SECONDS: Final = 0.5
"""After SIGTERM, until the idle loops pull no more: what is handed over must not come back here."""

logger = structlog.get_logger()


class MessageCancelled(Exception):
    """Nobody waits for this work any more."""


class HandedOver(Exception):
    """This replica stops; another one does the work."""


class WorkshopHandlers:
    """The subscribers. The ports are set once the broker is connected."""

    def __init__(self, check_seconds: float, ack_wait: float) -> None:
        self._check_seconds = check_seconds
        self._ack_wait = ack_wait
        self._waiting_ends = asyncio.Event()
        self._working_ends = asyncio.Event()
        self.desk: Desk
        self.bench: Workbench
        self.cancels: CancelBoard

    def leave(self, seconds: float) -> None:
        """Finishes what is in hand within `seconds`, and hands over what is not done by then.

        A validation only waits for its checks, which may be another replica's: it is handed over
        without delay.
        """
        loop = asyncio.get_running_loop()
        loop.call_later(IDLE_LOOPS_LEAVE_SECONDS, self._waiting_ends.set)
        loop.call_later(max(seconds, IDLE_LOOPS_LEAVE_SECONDS), self._working_ends.set)

    async def on_validation_requested(
        self, event: ValidationRequested, message: NatsMessage
    ) -> None:
        await self._answer(message, event, lambda: self._validate(event), self._waiting_ends)

    async def on_check_requested(self, event: CheckRequested, message: NatsMessage) -> None:
        await self._answer(message, event, lambda: self.bench.check(event), self._working_ends)

    async def on_command_requested(self, event: CommandRequested, message: NatsMessage) -> None:
        await self._answer(message, event, lambda: self.bench.command(event), self._working_ends)

    async def _validate(self, event: ValidationRequested) -> ValidationFinished:
        checks = [self._ask_check(request) for request in checks_of(event)]
        if event.parallel:
            finished = list(await asyncio.gather(*checks))
        else:
            finished = [await check for check in checks]
        return ValidationFinished(
            message_id=event.message_id, step=event.step, checks=tuple(finished)
        )

    async def _ask_check(self, request: CheckRequested) -> CheckFinished:
        return await self.desk.ask(
            subject_of(request), request, CheckFinished, seconds=self._check_seconds
        )

    async def _answer(
        self,
        message: NatsMessage,
        request: WorkRequest,
        work: Callable[[], Coroutine[Any, Any, Answer]],
        leaving: asyncio.Event,
    ) -> None:
        """Does the work, puts the answer where the asker looks, and acknowledges; in this order."""
        with structlog.contextvars.bound_contextvars(message_id=request.message_id):
            try:
                answer = await self._do(message, request, work(), leaving)
            except MessageCancelled:
                await message.ack()
            except HandedOver:
                logger.info("handed over to another replica")
                await message.nack()
            except Exception as error:
                logger.exception("work failed", subject=subject_of(request))
                await self._give_up_or_back(message, request, error)
            else:
                await self._reply(request, answer)
                await message.ack()

    async def _do(
        self,
        message: NatsMessage,
        request: WorkRequest,
        work: Coroutine[Any, Any, Answer],
        leaving: asyncio.Event,
    ) -> Answer:
        stops = (self._stop_when_cancelled(request.message_id), _hand_over_when(leaving))
        return await holding(message, beside(work, *stops), self._ack_wait)

    async def _give_up_or_back(
        self, message: NatsMessage, request: WorkRequest, error: Exception
    ) -> None:
        if deliveries(message) < MAX_DELIVERIES and not isinstance(error, Permanent):
            await hand_back(message)
            return
        await self._reply(request, unavailable(request, f"the workshop failed: {error}"))
        await message.ack()

    async def _reply(self, request: WorkRequest, answer: Answer) -> None:
        step, given_up = request.step, is_unavailable(answer)
        await self.desk.reply(subject_of(request), step, answer, given_up=given_up)

    async def _stop_when_cancelled(self, message_id: str) -> None:
        await self.cancels.until_cancelled(message_id)
        raise MessageCancelled(message_id)


async def _hand_over_when(leaving: asyncio.Event) -> None:
    await leaving.wait()
    raise HandedOver
