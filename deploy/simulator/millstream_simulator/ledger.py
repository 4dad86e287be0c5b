"""What the simulator has done so far; tests count paid calls with it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from millstream_simulator.conversation import Role
from millstream_simulator.wire import Beat, Frame


@dataclass
class Tally:
    """Calls of one model in one role; refused ones are not paid, the tokens are those sent.

    `cached_tokens` are the part of the prompts' tokens that the model had read before.
    """

    model: str
    role: Role
    requests: int = 0
    refused: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0


class Ledger:
    """Counters in memory; `open_streams` are answers on their way."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, Role], Tally] = {}
        self._strikes: Counter[str] = Counter()
        self._alternating: Counter[str] = Counter()
        self.open_streams = 0
        self.client_disconnects = 0
        self.last_disconnect_at: float | None = None

    def tally(self, model: str, role: Role) -> Tally:
        """The counters of a model in a role."""
        return self._tallies.setdefault((model, role), Tally(model, role))

    def strikes(self, key: str, first: int | None) -> bool:
        """Whether a fault limited to the first so many requests of a key hits this one too."""
        if first is None:
            return True
        self._strikes[key] += 1
        return self._strikes[key] <= first

    def is_second(self, model: str) -> bool:
        """Whether this request of a model is its second, fourth, sixth ..."""
        self._alternating[model] += 1
        return self._alternating[model] % 2 == 0

    def disconnect(self, now: float) -> None:
        """Note that a client left before its answer was complete; `now` in Unix seconds."""
        self.client_disconnects += 1
        self.last_disconnect_at = now

    @contextmanager
    def open_stream(self) -> Iterator[None]:
        """Count an answer as open while it is being sent."""
        self.open_streams += 1
        try:
            yield
        finally:
            self.open_streams -= 1

    def snapshot(self) -> dict[str, object]:
        """All counters, as JSON."""
        tallies = list(self._tallies.values())
        return {
            "requests": sum(tally.requests for tally in tallies),
            "refused": sum(tally.refused for tally in tallies),
            "open_streams": self.open_streams,
            "client_disconnects": self.client_disconnects,
            "last_disconnect_at": self.last_disconnect_at,
            "calls": tallies,
        }


def metered(beats: Iterable[Beat], tally: Tally) -> Iterator[Beat]:
    """Count tokens as they are sent."""
    for beat in beats:
        tally.completion_tokens += beat.tokens if isinstance(beat, Frame) else 0
        yield beat
