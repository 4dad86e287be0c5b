"""What must be true of every run, whatever happened to the parts that carried it.

Violations are named by the function that found them, and counted by what they would mean to a user.
"""

from typing import Final

from tests.chaos.harness.evidence import Evidence
from tests.chaos.harness.invariants import log, store, viewer
from tests.chaos.harness.invariants.verdict import Invariant, Violation

INVARIANTS: Final[tuple[Invariant, ...]] = (
    store.it_completes,
    log.it_has_one_writer,
    log.facts_are_recorded_once,
    log.steps_are_journalled_once,
    log.what_is_finished_stays,
    viewer.done_is_told_once_and_last,
    viewer.ids_grow,
    viewer.the_viewer_saw_the_log,
    viewer.steps_are_shown_once,
    viewer.the_text_is_one_version,
    viewer.the_files_are_one_version,
    store.the_database_equals_the_log,
    store.credits_add_up,
    store.changes_are_told_once_and_in_order,
)


def violations(run: Evidence) -> list[Violation]:
    """Everything that is wrong with one run."""
    return [
        Violation(invariant.__name__, harm, detail, run.message_id)
        for invariant in INVARIANTS
        for harm, detail in invariant(run)
    ]
