"""Noticing a model that says the same thing over and over, and would until its limit."""

from dataclasses import dataclass, field
from typing import Final

LEAST_CHARS: Final = 4_000
LONGEST_PERIOD: Final = 400
"""So what counts as runaway has been said ten times or more. A false alarm costs a good answer, a
late one some seconds: code worth writing has repeated 3,200 characters (a matrix of 32 x 32 zeros),
hardly ever more."""

STRIDE: Final = 256
"""Characters between two looks."""


@dataclass
class Repetition:
    """Follows a streamed text by its last 4,000 characters."""

    found: bool = field(default=False, init=False)
    _tail: str = field(default="", init=False)
    _fresh: str = field(default="", init=False)

    def feed(self, text: str) -> bool:
        """Whether the text has run away, with `text` added; however it is cut into pieces."""
        text = self._fresh + text
        looked_at = len(text) - len(text) % STRIDE
        for start in range(0, looked_at, STRIDE):
            self._tail = (self._tail + text[start : start + STRIDE])[-LEAST_CHARS:]
            self.found = self.found or _is_runaway(self._tail)
        self._fresh = text[looked_at:]
        return self.found


def _is_runaway(tail: str) -> bool:
    if len(tail) < LEAST_CHARS:
        return False
    period = _period(tail)
    return period is not None and tail[period:] == tail[:-period]


def _period(tail: str) -> int | None:
    """How far back the last characters stand once more; no other period can be the tail's."""
    probe = tail[-LONGEST_PERIOD:]
    window = tail[-2 * LONGEST_PERIOD :]
    found = window.rfind(probe, 0, len(window) - 1)
    return len(window) - len(probe) - found if found >= 0 else None
