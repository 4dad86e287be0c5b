"""Pages of a list: where the next one begins, and how much fits on one."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from millstream_store.core.refusals import refused

MOST_ITEMS: Final = 100


@dataclass(frozen=True)
class Place:
    """A row's place in a list ordered by creation; the id decides between equals."""

    created_at: datetime
    id: str


def to_cursor(place: Place) -> str:
    """`place` as an opaque text that is safe in a URL."""
    moment = place.created_at.astimezone(UTC).isoformat()
    return base64.urlsafe_b64encode(f"{moment} {place.id}".encode()).decode().rstrip("=")


def from_cursor(cursor: str | None) -> Place | None:
    """The place that `cursor` names, None for none; refuses a text that is not one of ours."""
    if cursor is None:
        return None
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        moment, row_id = base64.b64decode(padded, altchars=b"-_", validate=True).decode().split(" ")
        return Place(datetime.fromisoformat(moment).astimezone(UTC), row_id)
    except (ValueError, OverflowError, binascii.Error) as error:
        raise refused("invalid", "the cursor is none that this list gave out") from error


def item_limit(wanted: int) -> int:
    return max(1, min(wanted, MOST_ITEMS))


def how_many_fit(sizes: Sequence[int], budget: int) -> int:
    """How many of the first items are within `budget` bytes together; one always is."""
    total = 0
    for count, size in enumerate(sizes):
        total += size
        if total > budget and count:
            return count
    return len(sizes)
