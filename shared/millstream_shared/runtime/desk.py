"""Asking for work whose answer outlives both sides.

A request goes onto the CHECKS work queue, its answer into the ANSWERS stream under a subject made
from the request. Whoever asks again, for instance an agent that took a run over, finds the answer
there instead of having the work done twice.
"""

import asyncio
from typing import TypeVar

from nats.aio.subscription import Subscription
from nats.errors import TimeoutError as NatsTimeoutError

from millstream_shared.contracts import subjects
from millstream_shared.contracts.checks import WorkRequest
from millstream_shared.contracts.model import Contract
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.errors import Transient

Answer = TypeVar("Answer", bound=Contract)

LOOK_AGAIN_SECONDS = 5.0
"""How often the stored answer is looked up, should its live copy have been lost."""


class Desk:
    """Where agents and validators hand in requests and pick up answers."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def ask(
        self, subject: str, request: WorkRequest, kind: type[Answer], *, seconds: float
    ) -> Answer:
        """The answer to `request`; raises Transient when none came within `seconds`."""
        answer_subject = subjects.answer(subject, request.step)
        subscription = await self._bus.client.subscribe(answer_subject)
        try:
            async with asyncio.timeout(seconds):
                data = await self._stored(answer_subject)
                if data is None:
                    await self._hand_in(subject, request)
                    data = await self._await_answer(subscription, answer_subject)
        except TimeoutError as error:
            raise Transient(f"no answer to {subject} within {seconds:.0f} s") from error
        finally:
            await subscription.unsubscribe()
        return kind.decode(data)

    async def reply(self, subject: str, step: str, answer: Contract) -> None:
        """Puts the answer where its asker looks for it."""
        await self._bus.publish(
            subjects.ANSWERS,
            subjects.answer(subject, step),
            answer,
            message_id=f"{subject}:{step}:answer",
        )

    async def _hand_in(self, subject: str, request: WorkRequest) -> None:
        await self._bus.publish(
            subjects.CHECKS, subject, request, message_id=f"{subject}:{request.step}"
        )

    async def _await_answer(self, subscription: Subscription, subject: str) -> bytes:
        while True:
            try:
                message = await subscription.next_msg(timeout=LOOK_AGAIN_SECONDS)
            except NatsTimeoutError:
                stored = await self._stored(subject)
                if stored is not None:
                    return stored
            else:
                return message.data

    async def _stored(self, subject: str) -> bytes | None:
        found = await self._bus.last(subjects.ANSWERS, subject)
        return found.data if found else None
