"""The stretches of time that figures are shown for, each cut into about 60 pieces."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from millstream_shared.contracts.metrics import Window

ORIGIN: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Pieces are counted from here, so that they stay where they are when one looks again."""


@dataclass(frozen=True)
class Span:
    """A window's length, and that of its pieces."""

    length: timedelta
    bucket: timedelta

    def pieces(self, until: datetime) -> list[datetime]:
        """The beginnings of all pieces of the window that ends then, oldest first; the first one
        begins before the window, the last one ends after it.
        """
        first = self._begin(until - self.length)
        count = (self._begin(until) - first) // self.bucket + 1
        return [first + number * self.bucket for number in range(count)]

    def _begin(self, moment: datetime) -> datetime:
        return moment - (moment - ORIGIN) % self.bucket


SPANS: Final[Mapping[Window, Span]] = MappingProxyType(
    {
        "1h": Span(timedelta(hours=1), timedelta(minutes=1)),
        "24h": Span(timedelta(hours=24), timedelta(minutes=20)),
        "7d": Span(timedelta(days=7), timedelta(hours=3)),
    }
)
