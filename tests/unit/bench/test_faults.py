"""Which endings of a fault pass."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console

from deploy.bench.faults_calls import HEALTHY, Heard, question
from deploy.bench.faults_cases import FOR_THE_LOOP, MANY, Case, Seen, cases
from deploy.bench.faults_runs import NASTY, FaultyRun, providers
from deploy.bench.faults_tables import print_headline
from deploy.bench.faults_verdicts import judge
from millstream_agent.adapters.gateway.providers import read_configuration
from millstream_agent.core.failures import RunEnded
from millstream_agent.core.gateway.ledger import Ledger, Tokens
from millstream_agent.core.gateway.offers import Offer
from millstream_agent.core.ports import ModelReply
from millstream_shared.contracts.enums import AttemptOutcome, ErrorType, Role
from millstream_shared.contracts.facts import ModelAttempted
from millstream_simulator.catalogue import SPEEDS, Fault, find_model

CASE = Case("cut-text", "sim-fast:cut-text", Seen.TAKEN_BACK)
REPLY = ModelReply(number=2, text="whole", finish_reason="stop", input_tokens=20, output_tokens=10)


def line(outcome: AttemptOutcome) -> ModelAttempted:
    """Ten tokens in, five out."""
    return Ledger("message", 1).note(
        question(),
        Offer("faulty", HEALTHY),
        1,
        outcome,
        Tokens(10, 0, 5),
        asked_at=datetime.now(UTC),
        seconds=0.1,
        error_type=None if outcome is AttemptOutcome.COMPLETE else ErrorType.CUT,
    )


LINES = [line(AttemptOutcome.FAILED), line(AttemptOutcome.COMPLETE)]
HEALTHY_CALL = Heard([LINES[1]], [1], 1.0, replace(REPLY, input_tokens=10, output_tokens=5))
RESCUED = Heard(LINES, [1, 2], 1.5, REPLY)


def test_a_rescued_answer_passes() -> None:
    """It is the healthy one; what was wasted is told apart."""
    verdict = judge(CASE, [RESCUED], HEALTHY_CALL)
    assert verdict.passed
    assert (verdict.attempts, verdict.hedges) == (2, 0)
    assert (verdict.wasted_tokens, verdict.tokens) == (15, 30)
    assert verdict.seconds_added == 0.5


@pytest.mark.parametrize(
    "heard",
    [
        replace(RESCUED, reply=None, refusal=RunEnded("model_unavailable", "Try again.")),
        replace(RESCUED, reply=replace(REPLY, text="who")),
        replace(RESCUED, reply=replace(REPLY, input_tokens=10)),
        replace(RESCUED, speakers=[2]),
        replace(RESCUED, lines=[LINES[0]] * 2 + LINES),
    ],
    ids=["safe but failed", "half", "not all booked", "fault did not strike", "too many attempts"],
)
def test_all_else_fails(heard: Heard) -> None:
    """However safely."""
    assert not judge(CASE, [RESCUED, heard], HEALTHY_CALL).passed


def test_a_question_that_is_declined_is_asked_once() -> None:
    """And the error says what to do."""
    case = Case("content-refused", "sim-fast:content-refused", Seen.ADVICE)
    declined = Heard([LINES[0]], [], 0.1, None, RunEnded("content_filter", "Rephrase."))
    assert judge(case, [declined], HEALTHY_CALL).passed
    assert not judge(case, [replace(declined, lines=LINES)], HEALTHY_CALL).passed
    vague = replace(declined, refusal=RunEnded("model_unavailable", "Try again."))
    assert not judge(case, [vague], HEALTHY_CALL).passed


def test_every_fault_is_a_case() -> None:
    """Of a call, or of a run; each model is one that the simulator has."""
    struck = {model.fault for case in cases() if (model := find_model(case.model, SPEEDS))}
    assert struck - {None} | set(NASTY) == set(Fault)
    assert set(NASTY) >= FOR_THE_LOOP
    assert sum(case.calls > 1 for case in cases()) == len(MANY)


def test_runs_ask_the_faulty_provider_first() -> None:
    """In every role."""
    routes = read_configuration(providers("http://127.0.0.1:1/v1", "sim-fast:500")).catalogue({})
    for role in Role:
        names = [offer.name for tier in routes.routes[role] for offer in tier]
        assert names == ["faulty/sim-fast:500", f"healthy/{HEALTHY}", f"spare/{HEALTHY}"]


def test_a_run_is_good_with_a_result_only() -> None:
    """An error is COMPLETE, too."""
    run = FaultyRun("500", "COMPLETE", "RESULT", 1.0, {"complete": 5}, 0, 100)
    assert run.good
    assert not replace(run, type="ERROR").good


def test_the_headline_says_how_many() -> None:
    """All, or it is missed."""
    console = Console(record=True, width=100)
    print_headline(console, 33, 34)
    assert "missed 33 of 34" in console.export_text()
