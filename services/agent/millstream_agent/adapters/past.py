"""What the run log says of a message before this attempt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from millstream_agent.core.gateway.lost import Lost, lost_calls
from millstream_agent.core.said import Said, said_by
from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import RunKind
from millstream_shared.contracts.facts import RUN_FACT, ModelAttempted, RunFinished, RunStarted
from millstream_shared.contracts.journal import StepFinished
from millstream_shared.contracts.runs import VIEWER_EVENT, Done
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.run_log import Entry, last_seq, read_entries


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
    steps: Mapping[str, StepFinished] = field(default_factory=dict)
    """What is done for good, by name."""
    said: Sequence[Said] = ()
    """The text that viewers have seen and that stays, by the sequence of its entry."""
    lines: Sequence[ModelAttempted] = ()
    """Of the ledger: every question to a provider so far."""
    lost: Sequence[Lost] = ()
    """Calls that were under way when the last attempt died."""
    idle: int = 0
    """Attempts since the last finished step: so many in a row came to nothing."""

    @property
    def mark(self) -> int:
        """What viewers were told after this sequence belongs to a step that was cut."""
        return max((step.mark for step in self.steps.values()), default=0)

    @property
    def worked(self) -> float:
        """Seconds that agents have worked on the run."""
        return max((step.worked for step in self.steps.values()), default=0.0)


async def read_past(bus: Bus, message_id: str) -> Past:
    """Attempts are numbered by the log, not by deliveries: a message may be queued twice."""
    seq = await last_seq(bus, message_id)
    if not seq:
        return Past()
    entries = [entry async for entry in read_entries(bus.client, subjects.run_entries(message_id))]
    return past_of(entries, seq)


def past_of(entries: Sequence[Entry], seq: int) -> Past:
    """What `entries`, a whole log in order, add up to."""
    facts = [
        (entry.seq, RUN_FACT.validate_json(entry.data)) for entry in _of(RunKind.STATUS, entries)
    ]
    notes = [StepFinished.decode(entry.data) for entry in _of(RunKind.JOURNAL, entries)]
    last_note = max((entry.seq for entry in _of(RunKind.JOURNAL, entries)), default=0)
    ends = [(at, fact) for at, fact in facts if isinstance(fact, RunFinished)]
    events = _of(RunKind.DELTA, entries)
    past = Past(
        seq=seq,
        attempts=max((fact.attempt for _, fact in facts), default=0),
        end=ends[-1][1] if ends else None,
        end_seq=ends[-1][0] if ends else 0,
        told=bool(events) and isinstance(VIEWER_EVENT.validate_json(events[-1].data), Done),
        steps={note.step: note for note in notes},
        lines=[fact for _, fact in facts if isinstance(fact, ModelAttempted)],
        idle=sum(isinstance(fact, RunStarted) and at > last_note for at, fact in facts),
    )
    cut = [(_kind(entry), entry.data) for entry in entries if entry.seq > past.mark]
    said = said_by(((event.seq, event.data) for event in events), past.mark)
    known = {line.role for line in past.lines}
    lost = [] if past.end else lost_calls(cut, past.steps.keys(), known)
    return replace(past, said=said, lost=lost)


def _kind(entry: Entry) -> RunKind:
    return RunKind(entry.subject.rpartition(".")[2])


def _of(kind: RunKind, entries: Sequence[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.subject.endswith(f".{kind}")]
