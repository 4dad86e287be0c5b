"""The run log: one log, one fence, many readers.

Every append names the last sequence its writer knows of, over all kinds of the run. The broker
refuses a writer that is behind, so a run has exactly one writer at a time, whatever process was
paused or cut off in between.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import orjson
import stamina
from nats.aio.client import Client
from nats.js import api
from nats.js.errors import APIError

from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import RunKind
from millstream_shared.contracts.model import Contract
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.errors import Fenced, Transient
from millstream_shared.runtime.tasks import uninterrupted

FENCE = "Nats-Expected-Last-Subject-Sequence-Subject"
WRONG_LAST_SEQUENCE = 10071
END_OF_BATCH = "204"
NO_SUCH_MESSAGE = "404"
PAGE_BYTES = 262_144
"""Of stored entries read at a time: what a reader costs that gets no further."""
HEADER_BYTES = 1024


@dataclass(frozen=True)
class Entry:
    """One stored entry; `seq` is the stream's sequence, which grows."""

    seq: int
    subject: str
    data: bytes


class RunWriter:
    """The one writer of a run. Appends must not overlap: await each one."""

    def __init__(self, bus: Bus, message_id: str, attempt: int, last_seq: int) -> None:
        self._bus = bus
        self._message_id = message_id
        self._attempt = attempt
        self._count = 0
        self.last_seq = last_seq

    @classmethod
    async def open(cls, bus: Bus, message_id: str, attempt: int) -> "RunWriter":
        """A writer that knows of everything stored so far."""
        return cls(bus, message_id, attempt, await last_seq(bus, message_id))

    @property
    def most_bytes(self) -> int:
        """The largest entry that the broker takes, with room for its headers."""
        return self._bus.client.max_payload - HEADER_BYTES

    async def append(self, kind: RunKind, entry: Contract | bytes) -> int:
        """Stores an entry and returns its sequence.

        Raises Fenced when another writer came in between. A publish whose ack was lost is sent
        again, and stored once: the fence refuses it, and the last entry has its id. Who cancels an
        append waits for its end: otherwise the log might move on without this writer knowing, and
        fence it off by itself.
        """
        return await uninterrupted(self._append(kind, entry))

    async def _append(self, kind: RunKind, entry: Contract | bytes) -> int:
        self._count += 1
        entry_id = f"{self._message_id}:{self._attempt}:{self.last_seq}:{self._count}"
        async for tried in stamina.retry_context(on=Transient, attempts=4, timeout=20):
            with tried:
                self.last_seq = await self._store(kind, entry, entry_id)
        return self.last_seq

    async def _store(self, kind: RunKind, entry: Contract | bytes, entry_id: str) -> int:
        headers = {
            api.Header.EXPECTED_LAST_SUBJECT_SEQUENCE: str(self.last_seq),
            FENCE: subjects.run_entries(self._message_id),
        }
        try:
            ack = await self._bus.publish(
                subjects.RUNS,
                subjects.run_entry(self._message_id, kind),
                entry,
                message_id=entry_id,
                headers=headers,
            )
        except APIError as error:
            if error.err_code != WRONG_LAST_SEQUENCE:
                raise
            if stored := await self._stored_before(entry_id):
                return stored
            raise Fenced(f"run {self._message_id} has another writer") from error
        return ack.seq

    async def _stored_before(self, entry_id: str) -> int | None:
        """The sequence of the entry if it is the last one: only the word of that was lost.

        The broker looks at the fence before it looks for doubles.
        """
        last = await self._bus.last(subjects.RUNS, subjects.run_entries(self._message_id))
        known = (last.headers or {}).get(api.Header.MSG_ID) if last else None
        return last.seq if last and known == entry_id else None


async def last_seq(bus: Bus, message_id: str) -> int:
    """The sequence of the run's last entry of any kind; 0 when there is none."""
    last = await last_entry(bus, subjects.run_entries(message_id))
    return last.seq if last else 0


async def last_entry(bus: Bus, subject: str) -> Entry | None:
    """The last stored entry of `subject` (wildcards allowed)."""
    stored = await bus.last(subjects.RUNS, subject)
    if stored is None:
        return None
    return Entry(stored.seq or 0, stored.subject or subject, stored.data or b"")


async def read_entries(
    client: Client, subject: str, *, after: int = 0, batch: int = 256
) -> AsyncIterator[Entry]:
    """The stored entries of `subject` (wildcards allowed) with a sequence above `after`."""
    async for page in read_pages(client, subject, after=after, batch=batch):
        for entry in page:
            yield entry


async def read_pages(
    client: Client, subject: str, *, after: int = 0, batch: int = 256
) -> AsyncIterator[list[Entry]]:
    """The same in lists of up to `batch`, as they come.

    Uses the server's direct batched get: no consumer is made, so many viewers may replay at once.
    """
    pending = 1
    while pending:
        page, pending = await _read_page(client, subject, after + 1, batch)
        if page:
            yield page
            after = page[-1].seq


async def _read_page(
    client: Client, subject: str, start: int, batch: int
) -> tuple[list[Entry], int]:
    """Some entries, and how many come after them."""
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    wanted = {"seq": start, "next_by_subj": subject, "batch": batch, "max_bytes": PAGE_BYTES}
    try:
        await client.publish(
            f"$JS.API.DIRECT.GET.{subjects.RUNS}", orjson.dumps(wanted), reply=inbox
        )
        page: list[Entry] = []
        while True:
            message = await subscription.next_msg(timeout=5)
            headers = message.headers or {}
            status = headers.get(api.Header.STATUS)
            if status in {END_OF_BATCH, NO_SUCH_MESSAGE}:
                return page, int(headers.get("Nats-Num-Pending", 0))
            if status:
                raise Transient(f"the run log cannot be read now (status {status})")
            page.append(Entry(int(headers["Nats-Sequence"]), headers["Nats-Subject"], message.data))
    finally:
        await subscription.unsubscribe()
