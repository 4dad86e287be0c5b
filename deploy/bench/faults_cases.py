"""Every fault, and what has to come of it.

There are three endings that a person may see. Only where a provider declines a question on grounds
of its content is an error right: nobody shops around for one that minds less. Everywhere else
there are two healthy providers, so anything but the whole answer has failed, however safely.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from deploy.bench.faults_calls import HEALTHY, Heard
from millstream_simulator.catalogue import Fault

MOST_ATTEMPTS: Final = 3
"""Of one call, hedges aside."""


class Seen(StrEnum):
    """What the person who waits for the answer sees."""

    NOTHING = "nothing unusual"
    TAKEN_BACK = "half an answer, taken back, then a whole one"
    ADVICE = "an error that says what to do"
    ERROR = "an error"


@dataclass(frozen=True)
class Case:
    """`at` is where the faulty provider is: the simulator, no one, or the simulator over TLS."""

    name: str
    model: str
    ending: Seen = Seen.NOTHING
    calls: int = 1
    most_attempts: int = MOST_ATTEMPTS
    long: bool = False
    scheme: str = "http"
    away: bool = False


IN_MID_ANSWER: Final = {
    Fault.STALL_AFTER,
    Fault.CUT_TEXT,
    Fault.CUT_TOOL,
    Fault.INVALID_JSON,
    Fault.NO_FINISH,
    Fault.IN_BAND_ERROR,
    Fault.FINISH_ERROR,
    Fault.HUGE,
    Fault.REPETITION,
}
ON_CONTENT: Final = {Fault.CONTENT_FILTER, Fault.CONTENT_REFUSED}
MANY: Final[Mapping[Fault, int]] = {Fault.RATE_LIMIT: 12, Fault.FLAPPING: 15}
"""Asked ten times in a row, and the most attempts that may take."""
FOR_THE_LOOP: Final = {Fault.TRUNCATED_ARGUMENTS, Fault.TRUNCATED_LENGTH, Fault.WRONG_TOOL}
"""Whole answers by their form, with a call that cannot be carried out: it takes a run to tell."""


def cases() -> Sequence[Case]:
    """All faults of the simulator but those for the loop, and two of the way to a provider."""
    faults = [fault for fault in Fault if fault not in FOR_THE_LOOP]
    return [
        Case("connection refused", HEALTHY, away=True),
        Case("no TLS where TLS is expected", HEALTHY, scheme="https"),
        *(_case(fault) for fault in faults if fault is not Fault.FLAPPING),
        *(
            Case(f"{fault}, ten calls", _model(fault), calls=10, most_attempts=most)
            for fault, most in MANY.items()
        ),
    ]


def passes(case: Case, heard: Heard, healthy: Heard) -> bool:
    """Whether one call ended as it has to; `healthy` is what nothing went wrong with."""
    if case.ending is Seen.ADVICE:
        return seen(heard) is Seen.ADVICE and len(heard.lines) == 1
    return seen(heard) is case.ending and heard.said == healthy.said and _is_booked(heard)


def seen(heard: Heard) -> Seen:
    """How the call looked."""
    if heard.refusal is not None:
        advised = heard.refusal.code in {"content_filter", "context_too_long"}
        return Seen.ADVICE if advised else Seen.ERROR
    return Seen.NOTHING if len(heard.speakers) == 1 else Seen.TAKEN_BACK


def _case(fault: Fault) -> Case:
    ending = Seen.TAKEN_BACK if fault in IN_MID_ANSWER else Seen.NOTHING
    if fault in ON_CONTENT:
        ending = Seen.ADVICE
    return Case(fault.value, _model(fault), ending, long=fault is Fault.CONTEXT_TOO_LONG)


def _model(fault: Fault) -> str:
    return f"{HEALTHY}:{fault}"


def _is_booked(heard: Heard) -> bool:
    """Whether the reply is charged with what all its attempts took."""
    reply = heard.reply
    return reply is not None and reply.input_tokens + reply.output_tokens == heard.charged
