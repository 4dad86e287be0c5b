"""Asking for work whose answer outlives both sides.

A request goes onto the CHECKS work queue, its answer into the ANSWERS stream under a subject made
from the request. Whoever asks again, for instance an agent that took a run over, finds the answer
there instead of having the work done twice.
"""

import asyncio
from typing import TypeVar
from uuid import uuid4

import stamina
from nats.aio.subscription import Subscription
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import api

from millstream_shared.contracts import subjects
from millstream_shared.contracts.checks import WorkRequest
from millstream_shared.contracts.model import Contract
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.errors import Transient

Answer = TypeVar("Answer", bound=Contract)

LOOK_AGAIN_SECONDS = 5.0
"""How often the stored answer is looked up, should its live copy have been lost."""
LONGEST_PAUSE_SECONDS = 2.0

GIVEN_UP = "Millstream-Given-Up"
"""On an answer that says that the work could not be done: good for those who wait, not for long."""


class Desk:
    """Where agents and validators hand in requests and pick up answers."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def ask(
        self, subject: str, request: WorkRequest, kind: type[Answer], *, seconds: float
    ) -> Answer:
        """The answer to `request`; raises Transient when none came within `seconds`.

        A broker that is away, or full, is waited for, and one that forgot the request is given it
        again.
        """
        subscription = await self._bus.client.subscribe(subjects.answer(subject, request.step))
        try:
            async with asyncio.timeout(seconds):
                async for attempt in stamina.retry_context(
                    on=Transient, attempts=None, timeout=None, wait_max=LONGEST_PAUSE_SECONDS
                ):
                    with attempt:
                        data = await self._answer(subscription, subject, request)
        except TimeoutError as error:
            raise Transient(f"no answer to {subject} within {seconds:.0f} s") from error
        finally:
            await subscription.unsubscribe()
        return kind.decode(data)

    async def reply(
        self, subject: str, step: str, answer: Contract, *, given_up: bool = False
    ) -> None:
        """Puts the answer where its asker looks for it.

        Of two answers to the same question the first one stands, unless it was `given_up`: whoever
        asks again after that has the work tried again.
        """
        await self._bus.publish(
            subjects.ANSWERS,
            subjects.answer(subject, step),
            answer,
            message_id=f"{subject}:{step}:{uuid4().hex if given_up else 'answer'}",
            headers={GIVEN_UP: "yes"} if given_up else None,
        )

    async def _answer(
        self, subscription: Subscription, subject: str, request: WorkRequest
    ) -> bytes:
        answer_subject = subjects.answer(subject, request.step)
        found = await self._bus.last(subjects.ANSWERS, answer_subject)
        if found and not _is_given_up(found):
            return found.data or b""
        stale = found.seq if found else None
        await self._hand_in(subject, request, stale)
        while True:
            try:
                return (await subscription.next_msg(timeout=LOOK_AGAIN_SECONDS)).data
            except NatsTimeoutError:
                # In this order: an answer is stored before its request is taken off the queue.
                queued = await self._bus.holds(subjects.CHECKS, subject)
                found = await self._bus.last(subjects.ANSWERS, answer_subject)
            if found and found.seq != stale:
                return found.data or b""
            if not queued:
                await self._hand_in(subject, request, stale)

    async def _hand_in(self, subject: str, request: WorkRequest, stale: int | None) -> None:
        request_id = f"{subject}:{request.step}:{stale or ''}"
        await self._bus.publish(subjects.CHECKS, subject, request, message_id=request_id)


def _is_given_up(answer: api.RawStreamMsg) -> bool:
    return GIVEN_UP in (answer.headers or {})
