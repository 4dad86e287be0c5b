"""What an agent was asking when it died."""

from collections.abc import Mapping

import orjson

from millstream_agent.core.gateway.lost import Lost, lost_calls
from millstream_shared.contracts.enums import Role, RunKind

STEP = (RunKind.DELTA, {"type": "step", "name": "code", "iteration": 1})
TEXT = (RunKind.DELTA, {"type": "text.delta", "part": "code-1", "text": "x" * 40})
FILE = (RunKind.DELTA, {"type": "file.delta", "path": "a", "callId": "c", "text": "y" * 60})
LINE = (RunKind.STATUS, {"type": "model.attempted", "role": "code"})
CHECK = (RunKind.DELTA, {"type": "step", "name": "validate"})


def lost(*entries: tuple[RunKind, Mapping[str, object]]) -> list[Lost]:
    return lost_calls([(kind, orjson.dumps(entry)) for kind, entry in entries], (), ())


def test_a_call_without_a_line_is_lost() -> None:
    """With as many tokens as viewers had seen of it."""
    assert lost(STEP, TEXT, FILE) == [Lost(Role.CODE, 25)]


def test_a_call_with_a_line_is_not() -> None:
    """It was booked before its agent died over something else."""
    assert lost(STEP, TEXT, LINE, CHECK) == []
    assert lost(CHECK) == []


def test_two_at_once_are_both_lost() -> None:
    """Title and response are written at the same time; both were announced in a step of its own."""
    steps = {"select", "code-1", "validate-0", "describe"}
    lost = lost_calls([], steps, ())
    assert [call.role for call in lost] == [Role.TITLE, Role.RESPONSE]
    assert [call.role for call in lost_calls([], {*steps, "title"}, ())] == [Role.RESPONSE]
    assert [call.role for call in lost_calls([], steps, {Role.RESPONSE})] == [Role.TITLE]
    assert lost_calls([], {*steps, "described"}, ()) == []
