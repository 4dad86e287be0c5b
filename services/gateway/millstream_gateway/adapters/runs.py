"""What the gateway does to runs: ask for one, cancel one, look into its log."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from nats.errors import Error as NatsError

from millstream_gateway.adapters.link import Link
from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import RunKind
from millstream_shared.contracts.generation import GenerationRequested
from millstream_shared.runtime import cancels
from millstream_shared.runtime.bus import QueueFull
from millstream_shared.runtime.errors import Transient
from millstream_shared.runtime.run_log import Entry, last_entry, read_entries


class Runs:
    def __init__(self, link: Link) -> None:
        self._link = link

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

    async def cancel(self, message_id: str) -> None:
        with _broker_errors():
            await cancels.cancel(self._link.bus, message_id)

    async def last_event(self, message_id: str) -> Entry | None:
        """The run's last event; None when its log is empty or has expired."""
        subject = subjects.run_entry(message_id, RunKind.DELTA)
        with _broker_errors():
            return await last_entry(self._link.bus, subject)

    async def events(self, message_id: str, after: int) -> AsyncIterator[Entry]:
        """The run's stored events with a sequence above `after`; raises Transient."""
        subject = subjects.run_entry(message_id, RunKind.DELTA)
        with _broker_errors():
            async for entry in read_entries(self._link.client, subject, after=after):
                yield entry


@contextmanager
def _broker_errors() -> Iterator[None]:
    """What may fail on the way to the broker, as Transient; QueueFull is one already."""
    try:
        yield
    except (NatsError, OSError, TimeoutError) as error:
        raise Transient(f"the broker did not answer: {error!r}") from error
