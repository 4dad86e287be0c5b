"""Work that the broker delivers no more, because every replica that took it up died of it.

It would stay on the work queue for ever, and its asker would wait until its own time is up. The
validators see to it, since they know what an answer looks like.
"""

from typing import Final

import structlog
from faststream.nats import NatsMessage
from nats.js import api
from pydantic import ValidationError

from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.dead import DeliveriesExhausted, bury
from millstream_shared.runtime.desk import Desk
from millstream_validator.handlers.answers import read_request, unavailable

WHY: Final = "it was delivered {} times, and every time the workshop died of it or was stopped"

logger = structlog.get_logger()


class Undertaker:
    """Its bus is set once the broker is connected."""

    def __init__(self) -> None:
        self.bus: Bus

    async def on_deliveries_exhausted(
        self, event: DeliveriesExhausted, message: NatsMessage
    ) -> None:
        """Each step may be done twice: whoever is interrupted gets the advisory again."""
        lost = await self.bus.at(event.stream, event.stream_seq)
        if lost is not None:  # else it was answered after all
            await self._bury(event, lost)
        await message.ack()

    async def _bury(self, event: DeliveriesExhausted, lost: api.RawStreamMsg) -> None:
        subject, data, why = lost.subject or "", lost.data or b"", WHY.format(event.deliveries)
        logger.error("work is given up", subject=subject, deliveries=event.deliveries)
        await bury(
            self.bus,
            event.stream,
            subject,
            data,
            why,
            event.deliveries,
            message_id=f"{event.stream}:{event.stream_seq}:{lost.time}",
        )
        await self._answer(subject, data, why)
        await self.bus.delete(event.stream, event.stream_seq)

    async def _answer(self, subject: str, data: bytes, why: str) -> None:
        try:
            request = read_request(subject, data)
        except (ValidationError, KeyError):
            return  # nobody knows who waits for it
        answer = unavailable(request, f"the workshop failed: {why}")
        await Desk(self.bus).reply(subject, request.step, answer, given_up=True)
