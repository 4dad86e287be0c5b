"""What must be true of what a viewer saw, however often the connection was cut."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise

from millstream_shared.contracts.digest import sha256
from millstream_shared.contracts.enums import MessageType
from tests.chaos.harness.evidence import Data, Evidence, standing
from tests.chaos.harness.invariants.verdict import Findings, Harm


def done_is_told_once_and_last(run: Evidence) -> Findings:
    """Nothing follows the end, in the log or at the viewer."""
    for where, events in (("log", run.events), ("viewer", run.seen)):
        if where == "log" and run.untold:
            continue
        names = [event.data["type"] for event in events]
        if names.count("done") > 1:
            yield Harm.DOUBLED, f"{names.count('done')} ends at the {where}"
        elif not names or names[-1] != "done":
            yield Harm.LOST, f"the {where} ends with {names[-1] if names else 'nothing'}"


def ids_grow(run: Evidence) -> Findings:
    """The cursor never goes back: what a client resumes from is unambiguous."""
    # Without a log the end is made up from the store, all under one id.
    ids = [event.seq for event in run.seen if not run.untold]
    for before, after in pairwise(ids):
        if after <= before:
            yield Harm.DOUBLED, f"event {after} came after {before}"


def the_viewer_saw_the_log(run: Evidence) -> Findings:
    """Event by event; after a wipe, from where the new log begins."""
    if run.untold:
        return
    first = run.events[0].seq if run.wiped and run.events else 0
    seen = {event.seq: _bare(event.data) for event in run.seen if event.seq >= first}
    logged = {event.seq: _bare(event.data) for event in run.events}
    if missed := sorted(logged.keys() - seen.keys()):
        yield Harm.LOST, f"the viewer missed {len(missed)} events from {missed[0]} on"
    if invented := sorted(seen.keys() - logged.keys()):
        yield Harm.DIFFERENT, f"the viewer saw {invented[:3]}, which are not in the log"
    for seq in sorted(seen.keys() & logged.keys()):
        if seen[seq] != logged[seq]:
            yield Harm.DIFFERENT, f"event {seq} is not what the log has"


def steps_are_shown_once(run: Evidence) -> Findings:
    """With every rewind applied, each iteration of each step is there once: one version."""
    shown = Counter(
        (data["name"], data.get("round"), data.get("iteration")) for data in _standing(run, "step")
    )
    for step, count in shown.items():
        if count > 1:
            yield Harm.DOUBLED, f"step {step} is shown {count} times"


def the_text_is_one_version(run: Evidence) -> Findings:
    """With every rewind applied, the answer's text is what is stored."""
    shown = "".join(d["text"] for d in _standing(run, "text.delta") if d["part"] == "response")
    result = run.stored and run.stored.type == MessageType.RESULT
    if run.stored and result and shown and shown.strip() != run.stored.content:
        harm = Harm.DOUBLED if run.stored.content in shown else Harm.DIFFERENT
        yield harm, f"shown {shown[:80]!r}, stored {run.stored.content[:80]!r}"


def the_files_are_one_version(run: Evidence) -> Findings:
    """What streamed of a file, what was announced of it, and what is stored agree."""
    streamed: dict[tuple[str, str], str] = {}
    for data in _standing(run, "file.delta"):
        key = (data["callId"], data["path"])
        streamed[key] = streamed.get(key, "") + data["text"]
    announced: dict[str, str] = {}
    for data in _standing(run, "file.finished"):
        text = streamed.get((data["callId"], data["path"]))
        if data["applied"]:
            announced[data["path"]] = data["sha256"]
        if data["applied"] and text is not None and sha256(text.encode()) != data["sha256"]:
            yield Harm.DOUBLED, f"the pieces of {data['path']} are not the file"
    if run.stored and run.stored.fragment and run.stored.type == MessageType.RESULT:
        yield from _differing(run.stored.fragment.files, announced)


def _standing(run: Evidence, kind: str) -> Iterator[Data]:
    return (event.data for event in standing(run.seen) if event.data["type"] == kind)


def _bare(data: Data) -> Data:
    """Without the link that the gateway signs into a preview."""
    return {name: value for name, value in data.items() if name != "url"}


def _differing(files: Mapping[str, str], announced: Mapping[str, str]) -> Findings:
    for path, digest in announced.items():
        if path not in files:
            yield Harm.LOST, f"{path} was written and is not in the result"
        elif sha256(files[path].encode()) != digest:
            yield Harm.DIFFERENT, f"{path} in the result is not what was announced last"
