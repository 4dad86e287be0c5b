"""What the run log says of a message before this attempt."""

from dataclasses import dataclass

from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import RunKind
from millstream_shared.contracts.facts import RUN_FACT, RunFinished
from millstream_shared.contracts.runs import VIEWER_EVENT, Done
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.run_log import last_entry, last_seq, read_entries


@dataclass(frozen=True)
class Past:
    """`attempts` so far; the `end` that one of them wrote; whether viewers were `told` of it.

    `seq` is the log's last sequence before all this was read: a writer that begins there is fenced
    off by whatever was written in between.
    """

    seq: int = 0
    attempts: int = 0
    end: RunFinished | None = None
    end_seq: int = 0
    told: bool = False


async def read_past(bus: Bus, message_id: str) -> Past:
    """Attempts are numbered by the log, not by deliveries: a message may be queued twice."""
    seq = await last_seq(bus, message_id)
    attempts, end, end_seq = 0, None, 0
    subject = subjects.run_entry(message_id, RunKind.STATUS)
    async for entry in read_entries(bus.client, subject):
        fact = RUN_FACT.validate_json(entry.data)
        attempts = max(attempts, fact.attempt)
        if isinstance(fact, RunFinished):
            end, end_seq = fact, entry.seq
    return Past(seq, attempts, end, end_seq, await _told(bus, message_id))


async def _told(bus: Bus, message_id: str) -> bool:
    last = await last_entry(bus, subjects.run_entry(message_id, RunKind.DELTA))
    return last is not None and isinstance(VIEWER_EVENT.validate_json(last.data), Done)
