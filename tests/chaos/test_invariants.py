"""The judge is tried first: each planted violation is found, by name, and a good run has none."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from millstream_shared.contracts.enums import MessageType
from tests.chaos.harness.evidence import Evidence, Logged, Stored, standing
from tests.chaos.harness.good_run import DELTA, END, JOURNAL, STATUS, good_run, text
from tests.chaos.harness.invariants import INVARIANTS, violations
from tests.chaos.harness.invariants.verdict import Harm
from tests.chaos.harness.payments import Calls, calls_are_paid_once, payments
from tests.support.viewer import Sighting

Plant = Callable[[Evidence], Evidence]


def stored(**changes: Any) -> Plant:
    def plant(run: Evidence) -> Evidence:
        assert run.stored
        return replace(run, stored=replace(run.stored, **changes))

    return plant


def fragment(**changes: Any) -> Plant:
    def plant(run: Evidence) -> Evidence:
        assert run.stored
        assert run.stored.fragment
        return stored(fragment=replace(run.stored.fragment, **changes))(run)

    return plant


def logged(at: int, *entries: Logged, shown: bool = True) -> Plant:
    """`entries` come after entry `at` of the log, and viewers see them too."""

    def plant(run: Evidence) -> Evidence:
        log = (*run.log[:at], *entries, *run.log[at:])
        seen = [Sighting(e.seq, dict(e.data)) for e in entries if e.kind is DELTA and shown]
        return replace(run, log=log, seen=tuple(sorted((*run.seen, *seen), key=lambda s: s.seq)))

    return plant


def said(at: int, data: dict[str, Any], seq: int) -> Plant:
    return logged(at, Logged(seq, DELTA, data))


def watched(change: Callable[[Sequence[Sighting]], Sequence[Sighting]]) -> Plant:
    return lambda run: replace(run, seen=tuple(change(run.seen)))


def told(*numbers: int) -> Plant:
    return lambda run: replace(run, public=tuple(run.public[number] for number in numbers))


PLANTED: dict[str, tuple[str, Harm, Plant]] = {
    "the row is gone": ("it_completes", Harm.LOST, lambda run: replace(run, stored=None)),
    "never complete": ("it_completes", Harm.STUCK, stored(status="STREAMING")),
    "an error instead": ("it_completes", Harm.LOST, stored(type="ERROR", reason="internal")),
    "asked twice": ("it_completes", Harm.DOUBLED, stored(answers=2)),
    "a late fact of the first attempt": (
        "it_has_one_writer",
        Harm.DOUBLED,
        logged(9, Logged(9, STATUS, {"type": "content.grew", "eventId": "m:1:c:1", "attempt": 1})),
    ),
    "a fact twice": (
        "facts_are_recorded_once",
        Harm.DOUBLED,
        logged(8, Logged(8, STATUS, good_run().log[7].data)),
    ),
    "two ends": (
        "facts_are_recorded_once",
        Harm.DOUBLED,
        logged(17, Logged(17, STATUS, {**END, "eventId": "m:other"})),
    ),
    "no end": (
        "facts_are_recorded_once",
        Harm.LOST,
        lambda run: replace(run, log=tuple(e for e in run.log if e.data.get("content") is None)),
    ),
    "a step done twice": (
        "steps_are_journalled_once",
        Harm.DOUBLED,
        logged(14, Logged(14, JOURNAL, {**good_run().log[3].data, "attempt": 2, "mark": 13})),
    ),
    "a finished step taken back": (
        "what_is_finished_stays",
        Harm.DOUBLED,
        said(13, {"type": "rewound", "toSeq": 0, "attempt": 2}, 13),
    ),
    "done twice": (
        "done_is_told_once_and_last",
        Harm.DOUBLED,
        said(18, {"type": "done", "status": "COMPLETE"}, 19),
    ),
    "something after done": (
        "done_is_told_once_and_last",
        Harm.LOST,
        said(18, text("response", "more"), 19),
    ),
    "the viewer never saw the end": (
        "done_is_told_once_and_last",
        Harm.LOST,
        watched(lambda seen: seen[:-1]),
    ),
    "an event twice": ("ids_grow", Harm.DOUBLED, watched(lambda seen: [seen[0], *seen])),
    "events out of order": ("ids_grow", Harm.DOUBLED, watched(lambda s: [s[1], s[0], *s[2:]])),
    "a gap": ("the_viewer_saw_the_log", Harm.LOST, watched(lambda s: [*s[:3], *s[4:]])),
    "an event from nowhere": (
        "the_viewer_saw_the_log",
        Harm.DIFFERENT,
        watched(lambda s: [*s[:-1], Sighting(17, {"type": "title"}), s[-1]]),
    ),
    "another text under the same id": (
        "the_viewer_saw_the_log",
        Harm.DIFFERENT,
        watched(lambda s: [Sighting(s[0].seq, {"type": "title"}), *s[1:]]),
    ),
    "a step shown twice": (
        "steps_are_shown_once",
        Harm.DOUBLED,
        said(12, {"type": "step", "name": "code", "iteration": 1}, 12),
    ),
    "the text twice": (
        "the_text_is_one_version",
        Harm.DOUBLED,
        said(15, text("response", "I built it."), 15),
    ),
    "another text": ("the_text_is_one_version", Harm.DIFFERENT, stored(content="Something else")),
    "a file's pieces twice": (
        "the_files_are_one_version",
        Harm.DOUBLED,
        said(10, {**good_run().log[9].data}, 10),
    ),
    "an older file stored": (
        "the_files_are_one_version",
        Harm.DIFFERENT,
        fragment(files={"src/App.tsx": "old"}),
    ),
    "a file not stored": ("the_files_are_one_version", Harm.LOST, fragment(files={})),
    "another attempt stored": ("the_database_equals_the_log", Harm.DIFFERENT, stored(attempt=1)),
    "no verdict stored": ("the_database_equals_the_log", Harm.DIFFERENT, stored(checks=())),
    "no usage stored": ("the_database_equals_the_log", Harm.DIFFERENT, stored(usage=None)),
    "no fragment stored": ("the_database_equals_the_log", Harm.DIFFERENT, stored(fragment=None)),
    "another title": ("the_database_equals_the_log", Harm.DIFFERENT, fragment(title="That")),
    "a credit left over": ("credits_add_up", Harm.LOST, stored(credits=("RESERVED",))),
    "a credit not given back": ("credits_add_up", Harm.LOST, stored(type="ERROR")),
    "two credits": ("credits_add_up", Harm.DOUBLED, stored(credits=("SETTLED", "SETTLED"))),
    "a transition back": (
        "changes_are_told_once_and_in_order",
        Harm.DOUBLED,
        stored(transitions=("PENDING", "COMPLETE", "STREAMING")),
    ),
    "a public event lost": ("changes_are_told_once_and_in_order", Harm.LOST, told(0, 2)),
    "a public event twice": ("changes_are_told_once_and_in_order", Harm.DOUBLED, told(0, 1, 1, 2)),
    "public events out of order": (
        "changes_are_told_once_and_in_order",
        Harm.DOUBLED,
        told(1, 0, 2),
    ),
}


def test_a_good_run_has_no_violations() -> None:
    """A takeover, a rewind and a signed link are all in order."""
    assert violations(good_run()) == []


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_violation_is_named(planted: str) -> None:
    """By the invariant that is about it, and with the harm that it does."""
    name, harm, plant = PLANTED[planted]
    found = [(each.invariant, each.harm) for each in violations(plant(good_run()))]
    assert (name, harm) in found


def test_every_invariant_can_fail() -> None:
    """None of them is there only to look good."""
    tried = {name for name, _, _ in PLANTED.values()}
    assert tried == {invariant.__name__ for invariant in INVARIANTS}


def test_a_wiped_log_may_begin_late_but_must_be_whole_from_there() -> None:
    """What the broker lost nobody can compare; what came after it is held to the same rules."""
    run = good_run()
    late = replace(run, log=run.log[7:], public=run.public[1:], wiped=True)
    assert violations(late) == []
    assert violations(replace(late, log=(), public=())) == []
    gap = replace(late, seen=(*run.seen[:8], *run.seen[9:]))
    assert [each.invariant for each in violations(gap)] == ["the_viewer_saw_the_log"]


def test_an_error_is_right_where_it_is_expected() -> None:
    """A cancelled run keeps its text out of the comparison, but not its credit."""
    run = good_run()
    end = {**END, "outcome": "ERROR", "reason": "cancelled", "content": "Cancelled."}
    log = tuple(replace(e, data=end) if e.data is END else e for e in run.log)
    assert isinstance(run.stored, Stored)
    row = replace(
        run.stored, type="ERROR", reason="cancelled", content="Cancelled.", credits=("REFUNDED",)
    )
    ended = replace(run, log=log, stored=row, expected=MessageType.ERROR)
    assert violations(ended) == []


def test_a_message_that_was_cancelled_in_its_line_has_no_log() -> None:
    """The store alone tells its end; one that agents had begun may not lose its log like that."""
    run = good_run()
    assert run.stored
    row = replace(
        run.stored,
        type="ERROR",
        attempt=0,
        fragment=None,
        credits=("REFUNDED",),
        transitions=("PENDING", "COMPLETE"),
    )
    told = tuple(Sighting(0, {"type": kind}) for kind in ("status", "done"))
    public = (run.public[0], run.public[2])
    waiting = replace(run, log=(), seen=told, stored=row, public=public, expected=None)
    assert violations(waiting) == []
    assert violations(replace(waiting, stored=replace(row, attempt=1)))


def test_standing_applies_rewinds_in_turn() -> None:
    """A later rewind may go back behind an earlier one."""
    events = [
        Sighting(1, {"type": "a"}),
        Sighting(2, {"type": "b"}),
        Sighting(3, {"type": "rewound", "toSeq": 1}),
        Sighting(4, {"type": "c"}),
        Sighting(5, {"type": "rewound", "toSeq": 0}),
        Sighting(6, {"type": "d"}),
    ]
    assert [event.seq for event in standing(events)] == [6]
    assert [event.seq for event in standing(events[:4])] == [1, 4]


@pytest.mark.parametrize(
    ("paid", "harm"),
    [
        ({"selector": 1, "code": 1}, None),
        ({"selector": 1, "code": 2}, None),  # the call that the takeover cut
        ({"selector": 1, "code": 1, "title": 1, "response": 1}, None),  # two at the same time
        ({"selector": 2, "code": 2}, Harm.DOUBLED),
        ({"selector": 1, "code": 3}, Harm.DOUBLED),
        ({"selector": 1}, Harm.DIFFERENT),
    ],
)
def test_calls_are_counted_against_takeovers(paid: dict[str, int], harm: Harm | None) -> None:
    """One takeover in the good run: at most one step's call may have been paid twice."""
    found = list(calls_are_paid_once(payments([good_run()], Calls(paid))))
    assert [each.harm for each in found] == ([harm] if harm else [])
