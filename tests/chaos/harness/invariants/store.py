"""What must be true of the database, and of the public events that follow from it."""

from collections.abc import Iterable

from millstream_shared.contracts.checks import CheckFinished
from millstream_shared.contracts.digest import sha256
from millstream_shared.contracts.enums import MessageStatus, MessageType
from tests.chaos.harness.evidence import Data, Evidence
from tests.chaos.harness.invariants.verdict import Findings, Harm


def it_completes(run: Evidence) -> Findings:
    """An accepted message reaches COMPLETE, once per prompt, with the type that was expected."""
    if run.stored is None:
        yield Harm.LOST, "the database has no such message"
        return
    if run.stored.status != MessageStatus.COMPLETE:
        yield Harm.STUCK, f"the message is {run.stored.status}"
    elif run.expected and run.stored.type != run.expected:
        yield Harm.LOST, f"ended as {run.stored.type}, reason {run.stored.reason}"
    if run.stored.answers > 1:
        yield Harm.DOUBLED, f"{run.stored.answers} answers to one prompt"


def the_database_equals_the_log(run: Evidence) -> Findings:
    """The stored message is what the log's end says, and nothing else."""
    if run.stored is None or not run.ends:
        return
    stored, end = run.stored, run.ends[-1]
    pairs = {
        "type": (stored.type, end["outcome"]),
        "content": (stored.content, end["content"]),
        "attempt": (stored.attempt, end["attempt"]),
        "reason": (stored.reason, end.get("reason")),
        "checks": (_checks(stored.checks), _checks(end.get("checks", ()))),
        "usage": (stored.usage, end.get("usage")),
        "fragment": (_stored_fragment(run), _drafted_fragment(end)),
    }
    for name, (in_database, in_log) in pairs.items():
        if in_database != in_log:
            yield Harm.DIFFERENT, f"{name}: {_short(in_database)} but the log has {_short(in_log)}"


def credits_add_up(run: Evidence) -> Findings:
    """One credit a message: settled for a result, given back for an error, none left over."""
    if run.stored is None:
        return
    due = "SETTLED" if run.stored.type == MessageType.RESULT else "REFUNDED"
    if run.stored.credits != (due,):
        harm = Harm.DOUBLED if len(run.stored.credits) > 1 else Harm.LOST
        yield harm, f"credits are {run.stored.credits}, not one that is {due}"


def changes_are_told_once_and_in_order(run: Evidence) -> Findings:
    """Transitions and public events: each status once, forwards; after a wipe, the later ones."""
    if run.stored is None:
        return
    known = run.stored.transitions
    if list(known) != [status for status in MessageStatus if status in known]:
        yield Harm.DOUBLED, f"the transitions are {known}"
    told = tuple(event.status for event in run.public)
    if len({event.event_id for event in run.public}) < len(told):
        yield Harm.DOUBLED, f"a public event was published twice: {told}"
    if told != (known[len(known) - len(told) :] if run.wiped else known):
        harm = Harm.LOST if len(told) < len(known) else Harm.DOUBLED
        yield harm, f"public events {told} for transitions {known}"


def _checks(checks: Iterable[Data]) -> list[CheckFinished]:
    return [CheckFinished.model_validate(check) for check in checks]


def _stored_fragment(run: Evidence) -> Data | None:
    assert run.stored
    kept = run.stored.fragment
    if kept is None:
        return None
    files = {path: sha256(text.encode()) for path, text in kept.files.items()}
    return {"id": kept.id, "title": kept.title, "framework": kept.framework, "files": files}


def _drafted_fragment(end: Data) -> Data | None:
    draft = end.get("fragment")
    if draft is None:
        return None
    same = {name: draft[name] for name in ("title", "framework", "files")}
    return {"id": draft["fragmentId"], **same}


def _short(value: object) -> str:
    return repr(value)[:200]
