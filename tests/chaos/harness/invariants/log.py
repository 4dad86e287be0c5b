"""What must be true of a run's log."""

from collections import Counter

from millstream_shared.contracts.enums import RunKind
from tests.chaos.harness.evidence import Evidence
from tests.chaos.harness.invariants.verdict import Findings, Harm


def it_has_one_writer(run: Evidence) -> Findings:
    """Attempts follow one another; none writes after its successor has begun."""
    newest = 0
    for entry in run.log:
        attempt = entry.data.get("attempt", newest)
        if attempt < newest:
            yield Harm.DOUBLED, f"attempt {attempt} writes {entry.seq} after attempt {newest}"
        newest = max(newest, attempt)


def facts_are_recorded_once(run: Evidence) -> Findings:
    """No fact twice, and one end."""
    counts = Counter(entry.data["eventId"] for entry in run.of(RunKind.STATUS))
    for event_id, count in counts.items():
        if count > 1:
            yield Harm.DOUBLED, f"fact {event_id} is there {count} times"
    if len(run.ends) > 1:
        yield Harm.DOUBLED, f"the run ends {len(run.ends)} times"
    if not (run.ends or run.wiped or run.untold):
        yield Harm.LOST, "the log has no end"


def steps_are_journalled_once(run: Evidence) -> Findings:
    """A finished step is not done again."""
    counts = Counter(entry.data["step"] for entry in run.of(RunKind.JOURNAL))
    for step, count in counts.items():
        if count > 1:
            yield Harm.DOUBLED, f"step {step} was finished {count} times"


def what_is_finished_stays(run: Evidence) -> Findings:
    """No rewind goes back behind a step that was journalled: it would be shown, and paid, again."""
    kept = 0
    for entry in run.log:
        if entry.kind is RunKind.JOURNAL:
            kept = max(kept, entry.data["mark"])
        elif entry.data["type"] == "rewound" and entry.data["toSeq"] < kept and not run.wiped:
            yield Harm.DOUBLED, f"{entry.seq} rewinds to {entry.data['toSeq']}, {kept} was finished"
