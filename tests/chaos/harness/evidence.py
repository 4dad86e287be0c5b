"""What is known of one run once it is over, from every side: log, viewer, database, subscribers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from millstream_shared.contracts.enums import MessageStatus, MessageType, RunKind
from tests.support.viewer import Sighting

Data = Mapping[str, Any]
"""An entry's JSON, as it is on the wire: camelCase."""


class Event(Protocol):
    """Something viewers see, wherever it was found."""

    @property
    def seq(self) -> int: ...
    @property
    def data(self) -> Data: ...


Each = TypeVar("Each", bound=Event)


@dataclass(frozen=True)
class Logged:
    """An entry of the run log; `at` is when the broker stored it, in seconds since the epoch."""

    seq: int
    kind: RunKind
    data: Data
    at: float = 0.0


@dataclass(frozen=True)
class Fragment:
    id: str
    title: str
    framework: str
    files: Mapping[str, str]
    """path -> text."""


@dataclass(frozen=True)
class Stored:
    """The database's side. `answers` counts the assistant messages of the one prompt."""

    status: str
    type: str
    content: str
    attempt: int
    reason: str | None = None
    checks: tuple[Data, ...] = ()
    usage: Data | None = None
    fragment: Fragment | None = None
    credits: tuple[str, ...] = ()
    transitions: tuple[str, ...] = ()
    answers: int = 1


@dataclass(frozen=True)
class Public:
    """A public event: `message.<project>.<message>.<status>`."""

    event_id: str
    status: str


@dataclass(frozen=True)
class Evidence:
    """One accepted message. `stored` is None if the database has no such row.

    `wiped` says that the broker lost its store meanwhile: then log and public events may lack
    what came before. `expected` is None when either type is right.
    """

    message_id: str
    log: tuple[Logged, ...]
    seen: tuple[Sighting, ...]
    stored: Stored | None
    public: tuple[Public, ...] = ()
    expected: MessageType | None = MessageType.RESULT
    wiped: bool = False

    def of(self, kind: RunKind) -> tuple[Logged, ...]:
        return tuple(entry for entry in self.log if entry.kind is kind)

    @property
    def events(self) -> tuple[Logged, ...]:
        """The log's entries for viewers."""
        return self.of(RunKind.DELTA)

    @property
    def ends(self) -> tuple[Data, ...]:
        """The facts that say how the run ended; there should be one."""
        return tuple(e.data for e in self.of(RunKind.STATUS) if e.data["type"] == "run.finished")

    @property
    def untold(self) -> bool:
        """Whether there is rightly no log: nobody began, or it was over when the broker lost it."""
        ended = self.stored is not None and self.stored.status == MessageStatus.COMPLETE
        unbegun = self.stored is not None and self.stored.attempt == 0
        return not self.log and ended and (unbegun or self.wiped)

    @property
    def takeovers(self) -> int:
        """How often another attempt went on with the run."""
        return len(list(takeovers(self.log)))


def standing(events: Iterable[Each]) -> list[Each]:
    """The events that are left when every `rewound` has been applied, as a viewer applies it."""
    left: list[Each] = []
    for event in events:
        if event.data["type"] == "rewound":
            left = [earlier for earlier in left if earlier.seq <= event.data["toSeq"]]
        else:
            left.append(event)
    return left


def takeovers(log: Sequence[Logged]) -> Iterator[Logged]:
    """The first entry of every attempt but the first one."""
    attempt = 0
    for entry in log:
        number = entry.data.get("attempt", attempt)
        if attempt and number > attempt:
            yield entry
        attempt = max(attempt, number)
