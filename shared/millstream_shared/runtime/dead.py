"""Dead letters: messages that nobody could deal with, kept for an operator to look at."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from nats.js import api

from millstream_shared.contracts import subjects
from millstream_shared.contracts.model import Contract
from millstream_shared.runtime.bus import Bus

SUBJECT = "Millstream-Subject"
REASON = "Millstream-Reason"
DELIVERIES = "Millstream-Deliveries"
REASON_CHARS = 1_000


class DeliveriesExhausted(Contract):
    """Signals that a message was delivered as often as it may be. Published by the broker."""

    stream: str
    stream_seq: int
    deliveries: int


@dataclass(frozen=True)
class DeadLetter:
    """A message that was given up. `id` is its sequence among the dead letters."""

    id: int
    at: datetime
    stream: str
    subject: str
    deliveries: int
    reason: str
    data: bytes


async def bury(
    bus: Bus, stream: str, subject: str, data: bytes, reason: str, deliveries: int, message_id: str
) -> None:
    """Keeps a message of `stream` that is given up; raises Transient when the broker is away.

    Burying under the same `message_id` again (within two minutes) keeps it once. Taking it off its
    own stream is the caller's, afterwards.
    """
    headers = {
        SUBJECT: subject,
        REASON: " ".join(reason.split())[:REASON_CHARS],
        DELIVERIES: str(deliveries),
    }
    await bus.publish(
        subjects.DEAD, subjects.dead(stream), data, message_id=message_id, headers=headers
    )


async def letters(bus: Bus) -> AsyncIterator[DeadLetter]:
    """All dead letters, oldest first; raises Transient when the broker is away."""
    after = 0
    while found := await bus.next(subjects.DEAD, subjects.dead(">"), after):
        letter = _read(found)
        yield letter
        after = letter.id


async def letter_of(bus: Bus, letter_id: int) -> DeadLetter | None:
    """None when there is no such letter (any more)."""
    found = await bus.at(subjects.DEAD, letter_id)
    return _read(found) if found else None


async def replay(bus: Bus, letter: DeadLetter) -> None:
    """Puts the message back where it came from, as a new one, and takes it off the dead letters.

    Should it be interrupted in between, replaying again within two minutes adds no second message.
    """
    fresh_id = f"replay:{letter.id}:{letter.at.isoformat()}"
    await bus.publish(letter.stream, letter.subject, letter.data, message_id=fresh_id)
    await drop(bus, letter)


async def drop(bus: Bus, letter: DeadLetter) -> None:
    await bus.delete(subjects.DEAD, letter.id)


def _read(stored: api.RawStreamMsg) -> DeadLetter:
    headers = stored.headers or {}
    return DeadLetter(
        id=stored.seq or 0,
        at=stored.time or datetime.now(UTC),
        stream=(stored.subject or "").partition(".")[2],
        subject=headers.get(SUBJECT, ""),
        deliveries=int(headers.get(DELIVERIES, "0")),
        reason=headers.get(REASON, ""),
        data=stored.data or b"",
    )
