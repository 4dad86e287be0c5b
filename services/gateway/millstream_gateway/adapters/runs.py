"""What the gateway does to runs: ask for one, cancel one, look into its log."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from nats.errors import Error as NatsError

from millstream_gateway.adapters.link import Link
from millstream_gateway.adapters.store_client import StoreClient
from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import RunKind
from millstream_shared.contracts.generation import GenerationRequested
from millstream_shared.contracts.store import CANCEL_MESSAGE, OneMessage
from millstream_shared.runtime import cancels
from millstream_shared.runtime.bus import QueueFull
from millstream_shared.runtime.errors import Transient
from millstream_shared.runtime.run_log import Entry, last_entry, read_pages


class Runs:
    def __init__(self, link: Link, store: StoreClient) -> None:
        self._link = link
        self._store = store

    async def check_room(self) -> None:
        """Raises QueueFull before a credit is reserved for a message that cannot be queued."""
        with _broker_errors():
            info = await self._link.bus.js.stream_info(subjects.GENERATIONS)
        limit = info.config.max_msgs
        if limit is not None and 0 < limit <= info.state.messages:
            raise QueueFull(f"{subjects.GENERATIONS} is full")

    async def request(self, request: GenerationRequested) -> None:
        """Queues a message; the same one is queued once. Raises QueueFull or Transient."""
        with _broker_errors():
            await self._link.bus.publish(
                subjects.GENERATIONS,
                subjects.generation_requested(request.lane, request.user_id, request.message_id),
                request,
                message_id=request.message_id,
            )

    async def is_queued(self, message_id: str) -> bool:
        """Whether the message waits for an agent or one has it; raises Transient."""
        return await self._link.bus.holds(subjects.GENERATIONS, subjects.queued(message_id))

    async def cancel(self, question: OneMessage) -> None:
        """Ends a message in its line, or tells whoever has it; raises Refused or Transient.

        The store is asked first: it knows whose message it is, and keeps the wish.
        """
        cancelled = await self._store.ask(CANCEL_MESSAGE, question)
        if not cancelled.ended:
            with _broker_errors():
                await cancels.cancel(self._link.bus, question.message_id)

    async def last_event(self, message_id: str) -> Entry | None:
        """The run's last event; None when its log is empty or has expired."""
        subject = subjects.run_entry(message_id, RunKind.DELTA)
        with _broker_errors():
            return await last_entry(self._link.bus, subject)

    async def events(self, message_id: str, after: int) -> AsyncIterator[list[Entry]]:
        """The run's stored events with a sequence above `after`, by pages; raises Transient."""
        subject = subjects.run_entry(message_id, RunKind.DELTA)
        with _broker_errors():
            async for page in read_pages(self._link.client, subject, after=after):
                yield page


@contextmanager
def _broker_errors() -> Iterator[None]:
    """What may fail on the way to the broker, as Transient; QueueFull is one already."""
    try:
        yield
    except (NatsError, OSError, TimeoutError) as error:
        raise Transient(f"the broker did not answer: {error!r}") from error
