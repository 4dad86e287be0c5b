"""The time to the first token as a viewer has it, which only the gateway that sends it can see.

It is measured by the database's clock, from the message's creation until the store hears of it: one
clock and one definition, whichever gateways the prompt and its viewers went to. The way to the
store, a millisecond or two, is in it.
"""

import asyncio
from typing import Final

from cachetools import LRUCache

from millstream_gateway.adapters.metrics import Metrics
from millstream_gateway.adapters.store_client import StoreClient
from millstream_gateway.core.frames import Frames, has_content
from millstream_shared.contracts.store import NOTE_FIRST_TOKEN, FirstTokenSeen, Refused
from millstream_shared.runtime.errors import Transient

REMEMBERED: Final = 10_000
"""Messages that this gateway has told of. Forgetting one costs a question, no more."""


class FirstTokens:
    def __init__(self, store: StoreClient, metrics: Metrics) -> None:
        self._store = store
        self._metrics = metrics
        self._told: LRUCache[str, bool] = LRUCache(REMEMBERED)
        self._tasks: set[asyncio.Task[None]] = set()

    async def noted(self, frames: Frames, message_id: str) -> Frames:
        """The same frames. Once the first content among them was sent, the store hears of it."""
        async for several in frames:
            yield several  # whoever asks for what follows has sent it
            if has_content(several):
                self._tell(message_id)
                break
        async for several in frames:
            yield several

    def _tell(self, message_id: str) -> None:
        """In the background, once for all viewers of the message."""
        if message_id in self._told:
            return
        self._told[message_id] = True
        task = asyncio.create_task(self._ask(message_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask(self, message_id: str) -> None:
        try:
            noted = await self._store.ask(NOTE_FIRST_TOKEN, FirstTokenSeen(message_id=message_id))
        except (Refused, Transient):
            return  # there is one figure fewer
        if noted.seconds is not None:
            self._metrics.first_token.observe(noted.seconds)
