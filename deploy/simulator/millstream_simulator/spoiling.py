"""Faults as alterations, of the answer or of the steps in which it is delivered; two tables.

Faults that refuse a request are in `refusals`, those of the connection in `connection`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from millstream_simulator.answer import Answer, CallAnswer
from millstream_simulator.catalogue import Fault
from millstream_simulator.faults import Cut, Garbled, InBandError, Misplaced, Stall, Step
from millstream_simulator.steps import (
    MAX_TOKENS,
    Arguments,
    Begin,
    Chunk,
    Content,
    Done,
    Finish,
    FinishReason,
    OpenCall,
    Regular,
    Text,
    Usage,
)

UNKNOWN_TOOL = "applyProjectPatch"
REPEATED = "I will now continue with the next step of the plan. "
HUGE_BLOCKS, HUGE_LINES = 1_000, 250
HUGE_LINE = "Line %07d of an answer that does not end.\n"
"""250,000 lines of 43 characters: more than 10 MB."""


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


def _say_nothing(_: Answer) -> Answer:
    return Answer("")


ON_ANSWERS: Mapping[Fault, Callable[[Answer], Answer]] = {
    Fault.WRONG_TOOL: _call_unknown_tool,
    Fault.TRUNCATED_ARGUMENTS: _truncate_arguments,
    Fault.TRUNCATED_LENGTH: _truncate_arguments,
    Fault.REPETITION: _repeat,
    Fault.EMPTY: _say_nothing,
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


def _give_up(steps: Sequence[Regular], reason: FinishReason) -> Sequence[Step]:
    """Half the answer, and then a regular end with an unusual reason."""
    said = steps[: _middle(steps)]
    ends = [step for step in steps if isinstance(step, Usage | Done)]
    return [*said, Finish(reason), *ends]


def _finish_with_error(steps: Sequence[Regular], _: int) -> Sequence[Step]:
    return _give_up(steps, "error")


def _filter_content(steps: Sequence[Regular], _: int) -> Sequence[Step]:
    return _give_up(steps, "content_filter")


def _lose_usage(steps: Sequence[Regular], _: int) -> Sequence[Step]:
    return [step for step in steps if not isinstance(step, Usage)]


def _share_index(steps: Sequence[Regular], _: int) -> Sequence[Step]:
    return [
        Misplaced(step) if isinstance(step, OpenCall | Arguments) and step.index else step
        for step in steps
    ]


def _write_without_end(steps: Sequence[Regular], _: int) -> Sequence[Step]:
    """Longer than any limit that the request sets: a provider that does not know that field."""
    blocks = (range(at, at + HUGE_LINES) for at in range(0, HUGE_BLOCKS * HUGE_LINES, HUGE_LINES))
    texts = ("".join(HUGE_LINE % number for number in block) for block in blocks)
    said = [Text(text, tokens=len(text) // 4) for text in texts]
    usage = [
        replace(s, completion=sum(t.tokens for t in said)) for s in steps if isinstance(s, Usage)
    ]
    return [Begin(has_text=True), *said, Finish("stop"), *usage, Done()]


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
    Fault.FINISH_ERROR: _finish_with_error,
    Fault.CONTENT_FILTER: _filter_content,
    Fault.LOST_USAGE: _lose_usage,
    Fault.DUPLICATE_INDEX: _share_index,
    Fault.HUGE: _write_without_end,
}
