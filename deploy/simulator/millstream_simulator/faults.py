"""Faults as alterations, of the answer or of the steps in which it is delivered; two tables.

The two faults that refuse the request outright (429 and 500) are errors, see `refuse`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from millstream_simulator.answer import Answer, CallAnswer
from millstream_simulator.catalogue import Fault
from millstream_simulator.conversation import Conversation
from millstream_simulator.errors import rate_limited, server_error
from millstream_simulator.steps import (
    MAX_TOKENS,
    Arguments,
    Chunk,
    Content,
    Finish,
    FinishReason,
    OpenCall,
    Regular,
    Text,
)


@dataclass(frozen=True)
class Garbled:
    """A step whose JSON breaks off."""

    step: Chunk
    tokens: int = 1


@dataclass(frozen=True)
class InBandError:
    """An error object where a chunk should be; the stream ends after it."""

    tokens: int = 0


@dataclass(frozen=True)
class Stall:
    """Silence until the limit, then a cut; with `comments`, keep-alive comments meanwhile."""

    comments: bool = False


@dataclass(frozen=True)
class Cut:
    """The connection breaks."""


Step = Regular | Garbled | InBandError | Stall | Cut

UNKNOWN_TOOL = "applyProjectPatch"
REPEATED = "I will now continue with the next step of the plan. "
NEEDS_CALLS = {Fault.CUT_TOOL, Fault.TRUNCATED_ARGUMENTS, Fault.TRUNCATED_LENGTH, Fault.WRONG_TOOL}


def can_strike(fault: Fault, conversation: Conversation, answer: Answer) -> bool:
    """Whether the fault has anything to spoil; a wrong tool is only called on the first try."""
    if fault is Fault.WRONG_TOOL and conversation.tried:
        return False
    return bool(
        answer.calls if fault in NEEDS_CALLS else answer.text or fault is not Fault.CUT_TEXT
    )


def refuse(fault: Fault | None, retry_after: int) -> None:
    """Raise the Refusal that the fault stands for, if it is one of those."""
    if fault is Fault.RATE_LIMIT:
        raise rate_limited(retry_after)
    if fault is Fault.SERVER_ERROR:
        raise server_error()


def spoil_answer(fault: Fault | None, answer: Answer) -> Answer:
    """Alter what is said."""
    alter = ON_ANSWERS.get(fault) if fault else None
    return alter(answer) if alter else answer


def spoil_steps(fault: Fault | None, steps: Sequence[Regular], stall_after: int) -> Sequence[Step]:
    """Alter how it is delivered; `stall_after` counts tokens."""
    alter = ON_STEPS.get(fault) if fault else None
    return alter(steps, stall_after) if alter else steps


def _call_unknown_tool(answer: Answer) -> Answer:
    return replace(answer, calls=(CallAnswer(UNKNOWN_TOOL, answer.calls[0].arguments),))


def _truncate_arguments(answer: Answer) -> Answer:
    *whole, last = answer.calls
    half = last.arguments[: len(last.arguments) // 2]
    return replace(answer, calls=(*whole, CallAnswer(last.name, half)))


def _repeat(_: Answer) -> Answer:
    return Answer(REPEATED * (MAX_TOKENS // 10))  # the sentence is longer than ten tokens


ON_ANSWERS: Mapping[Fault, Callable[[Answer], Answer]] = {
    Fault.WRONG_TOOL: _call_unknown_tool,
    Fault.TRUNCATED_ARGUMENTS: _truncate_arguments,
    Fault.TRUNCATED_LENGTH: _truncate_arguments,
    Fault.REPETITION: _repeat,
}


def _places(steps: Sequence[Regular], kind: type | tuple[type, ...]) -> list[int]:
    return [at for at, step in enumerate(steps) if isinstance(step, kind)]


def _middle(steps: Sequence[Regular]) -> int:
    places = _places(steps, (Text, OpenCall, Arguments))
    return places[len(places) // 2] if places else 1


def _stall_before(_: Sequence[Regular], __: int) -> Sequence[Step]:
    return [Stall()]


def _stall_after(steps: Sequence[Regular], tokens: int) -> Sequence[Step]:
    content = sum(isinstance(step, Content) for step in steps)
    return [*steps[: 1 + min(tokens, content)], Stall()]


def _keep_alive(_: Sequence[Regular], __: int) -> Sequence[Step]:
    return [Stall(comments=True)]


def _cut_text(steps: Sequence[Regular], _: int) -> Sequence[Step]:
    texts = _places(steps, Text)
    return [*steps[: texts[len(texts) // 2]], Cut()]


def _cut_tool(steps: Sequence[Regular], _: int) -> Sequence[Step]:
    first = [at for at in _places(steps, Arguments) if getattr(steps[at], "index", None) == 0]
    return [*steps[: first[len(first) // 2]], Cut()]


def _finish_for_length(steps: Sequence[Regular], _: int) -> Sequence[Step]:
    reason: FinishReason = "length"
    return [Finish(reason) if isinstance(step, Finish) else step for step in steps]


def _garble(steps: Sequence[Regular], _: int) -> Sequence[Step]:
    at = _middle(steps)
    step = steps[at]
    return [*steps[:at], Garbled(step), *steps[at + 1 :]] if isinstance(step, Chunk) else steps


def _no_finish(steps: Sequence[Regular], _: int) -> Sequence[Step]:
    return steps[: _middle(steps)]


def _in_band_error(steps: Sequence[Regular], _: int) -> Sequence[Step]:
    return [*steps[: _middle(steps)], InBandError()]


ON_STEPS: Mapping[Fault, Callable[[Sequence[Regular], int], Sequence[Step]]] = {
    Fault.STALL_BEFORE: _stall_before,
    Fault.STALL_AFTER: _stall_after,
    Fault.KEEP_ALIVE: _keep_alive,
    Fault.CUT_TEXT: _cut_text,
    Fault.CUT_TOOL: _cut_tool,
    Fault.TRUNCATED_LENGTH: _finish_for_length,
    Fault.INVALID_JSON: _garble,
    Fault.NO_FINISH: _no_finish,
    Fault.IN_BAND_ERROR: _in_band_error,
}
