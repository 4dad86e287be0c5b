"""The wire format of an answer that is not streamed: one JSON body."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from millstream_simulator.faults import Cut, Garbled, InBandError, Misplaced, Stall, Step
from millstream_simulator.steps import Arguments, Finish, OpenCall, Text, Usage
from millstream_simulator.wire import BROKEN, Beat, Frame, Stamp, usage_figures


def whole_beats(steps: Sequence[Step], stamp: Stamp) -> Iterator[Beat]:
    """The answer as one body; a fault of the stream becomes the like fault of the body.

    Calls have no index here, so none is misplaced.
    """
    steps = [step.step if isinstance(step, Misplaced) else step for step in steps]
    tokens = sum(step.tokens for step in steps if not isinstance(step, Stall | Cut))
    body = orjson.dumps(stamp.envelope("chat.completion") | _completion(steps, stamp))
    kinds = {type(step) for step in steps}
    if Stall in kinds:
        yield Stall()
    elif InBandError in kinds:
        yield Frame(orjson.dumps(BROKEN), tokens)
    elif kinds & {Cut, Garbled}:
        yield Frame(body[: len(body) // 2], tokens)
    else:
        yield Frame(body, tokens)
    if Cut in kinds:
        yield Cut()


def _completion(steps: Sequence[Step], stamp: Stamp) -> dict[str, Any]:
    text = "".join(step.text for step in steps if isinstance(step, Text))
    calls = [_call(step, steps, stamp) for step in steps if isinstance(step, OpenCall)]
    message = {"role": "assistant", "content": text or None, "refusal": None}
    choice = {
        "index": 0,
        "message": message | ({"tool_calls": calls} if calls else {}),
        "logprobs": None,
        "finish_reason": next((s.reason for s in steps if isinstance(s, Finish)), None),
    }
    usage = next((usage_figures(step) for step in steps if isinstance(step, Usage)), None)
    return {"choices": [choice], "usage": usage}


def _call(opened: OpenCall, steps: Sequence[Step], stamp: Stamp) -> dict[str, Any]:
    fragments = (s.fragment for s in steps if isinstance(s, Arguments) and s.index == opened.index)
    function = {"name": opened.name, "arguments": "".join(fragments)}
    return {"id": stamp.call_id(opened.index), "type": "function", "function": function}
