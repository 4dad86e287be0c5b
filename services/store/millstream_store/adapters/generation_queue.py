"""The queue of messages that wait for an agent, as the broker has it."""

import asyncio
import time
from typing import Final

from nats.errors import Error as NatsError

from millstream_shared.contracts import subjects
from millstream_shared.contracts.generation import GenerationRequested
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.errors import Transient

LOOK_SECONDS: Final = 3.0
"""The sweeper's transaction is open meanwhile."""


class GenerationQueue:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def known(self) -> set[str]:
        """The ids of all messages in it: a work queue keeps its entries until they are done."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                info = await self._bus.js.stream_info(
                    subjects.GENERATIONS, subjects_filter=subjects.queued("*")
                )
        except (NatsError, OSError, TimeoutError) as error:
            raise Transient(f"the broker does not tell what is queued: {error!r}") from error
        return {subject.rpartition(".")[2] for subject in info.state.subjects or ()}

    async def repeat(self, request: GenerationRequested) -> None:
        """Under an id of its own, since the broker would drop the first one as a double."""
        await self._bus.publish(
            subjects.GENERATIONS,
            subjects.generation_requested(request.lane, request.user_id, request.message_id),
            request,
            message_id=f"{request.message_id}:again:{time.time_ns()}",
        )
