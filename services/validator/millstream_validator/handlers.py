"""Events in: one validation becomes two checks, which any replica may do at the same time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

import structlog
from faststream.nats import NatsBroker, NatsMessage
from nats.js import api

from millstream_shared.contracts import subjects
from millstream_shared.contracts.checks import (
    CheckFinished,
    CheckRequested,
    CommandFinished,
    CommandRequested,
    ValidationFinished,
    ValidationRequested,
    WorkRequest,
)
from millstream_shared.contracts.enums import CheckKind
from millstream_shared.contracts.model import Contract
from millstream_shared.runtime.cancels import CancelBoard
from millstream_shared.runtime.desk import Desk
from millstream_shared.runtime.leases import (
    MAX_DELIVERIES,
    deliveries,
    hand_back,
    holding,
)
from millstream_shared.runtime.pulling import pull_loops, work_consumer
from millstream_shared.runtime.tasks import beside
from millstream_validator.adapters.workbench import Workbench
from millstream_validator.core import verdict

Answer = TypeVar("Answer", bound=Contract)

VALIDATIONS_AT_ONCE: Final = 16
"""A validation only waits for its checks, so many fit into one process."""

logger = structlog.get_logger()


class MessageCancelled(Exception):
    """Nobody waits for this work any more."""


class WorkshopHandlers:
    """The subscribers. The ports are set once the broker is connected."""

    def __init__(self, check_seconds: float, ack_wait: float) -> None:
        self._check_seconds = check_seconds
        self._ack_wait = ack_wait
        self.desk: Desk
        self.bench: Workbench
        self.cancels: CancelBoard

    async def on_validation_requested(
        self, event: ValidationRequested, message: NatsMessage
    ) -> None:
        await self._answer(
            message,
            event,
            subjects.validation_requested(event.message_id),
            lambda: self._validate(event),
            lambda why: _unavailable_validation(event, why),
        )

    async def on_check_requested(self, event: CheckRequested, message: NatsMessage) -> None:
        await self._answer(
            message,
            event,
            subjects.check_requested(event.kind, event.message_id),
            lambda: self.bench.check(event),
            lambda why: verdict.unavailable(event, why),
        )

    async def on_command_requested(self, event: CommandRequested, message: NatsMessage) -> None:
        await self._answer(
            message,
            event,
            subjects.command_requested(event.message_id),
            lambda: self.bench.command(event),
            lambda why: CommandFinished(
                message_id=event.message_id, step=event.step, exit_code=None, output=why
            ),
        )

    async def _validate(self, event: ValidationRequested) -> ValidationFinished:
        checks = [self._ask_check(request) for request in _checks_of(event)]
        if event.parallel:
            finished = list(await asyncio.gather(*checks))
        else:
            finished = [await check for check in checks]
        return ValidationFinished(
            message_id=event.message_id, step=event.step, checks=tuple(finished)
        )

    async def _ask_check(self, request: CheckRequested) -> CheckFinished:
        return await self.desk.ask(
            subjects.check_requested(request.kind, request.message_id),
            request,
            CheckFinished,
            seconds=self._check_seconds,
        )

    async def _answer(
        self,
        message: NatsMessage,
        request: WorkRequest,
        subject: str,
        work: Callable[[], Coroutine[Any, Any, Answer]],
        give_up: Callable[[str], Answer],
    ) -> None:
        """Does the work, puts the answer where the asker looks, and acknowledges; in this order."""
        with structlog.contextvars.bound_contextvars(message_id=request.message_id):
            try:
                answer = await holding(
                    message, self._unless_cancelled(request.message_id, work()), self._ack_wait
                )
            except MessageCancelled:
                await message.ack()
                return
            except Exception as error:
                logger.exception("work failed", subject=subject)
                if deliveries(message) < MAX_DELIVERIES:
                    await hand_back(message)
                    return
                answer = give_up(f"the workshop failed: {error}")
            await self.desk.reply(subject, request.step, answer)
            await message.ack()

    async def _unless_cancelled(self, message_id: str, work: Coroutine[Any, Any, Answer]) -> Answer:
        return await beside(work, self._stop_when_cancelled(message_id))

    async def _stop_when_cancelled(self, message_id: str) -> None:
        await self.cancels.until_cancelled(message_id)
        raise MessageCancelled(message_id)


def consumers(ack_wait: float) -> list[api.ConsumerConfig]:
    """One durable consumer a kind, so that a build never blocks a lint."""
    return [_consumer(kind, ack_wait) for kind in ("validate", *CheckKind, "command")]


def subscribe(broker: NatsBroker, handlers: WorkshopHandlers, slots: int, ack_wait: float) -> None:
    """As many loops a kind as there are slots in the sandbox; validations only wait."""
    loops: list[tuple[str, Callable[..., Any], int]] = [
        ("validate", handlers.on_validation_requested, VALIDATIONS_AT_ONCE),
        *((kind, handlers.on_check_requested, slots) for kind in CheckKind),
        ("command", handlers.on_command_requested, slots),
    ]
    for kind, handler, count in loops:
        pull_loops(broker, subjects.CHECKS, _consumer(kind, ack_wait), handler, count)


def _consumer(kind: str, ack_wait: float) -> api.ConsumerConfig:
    return work_consumer(f"workshop-{kind}", f"check.{kind}.*", MAX_DELIVERIES, ack_wait)


def _checks_of(event: ValidationRequested) -> list[CheckRequested]:
    return [
        CheckRequested(
            message_id=event.message_id,
            step=event.step,
            framework=event.framework,
            files=event.files,
            kind=kind,
        )
        for kind in CheckKind
    ]


def _unavailable_validation(event: ValidationRequested, why: str) -> ValidationFinished:
    return ValidationFinished(
        message_id=event.message_id,
        step=event.step,
        checks=tuple(verdict.unavailable(request, why) for request in _checks_of(event)),
    )
