"""Steps, faults and chunks: the same request gives the same bytes."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson
import pytest

from millstream_simulator.catalogue import SPEEDS, Fault
from millstream_simulator.errors import Refusal
from millstream_simulator.ledger import Ledger
from millstream_simulator.prompt_cache import PromptCache
from millstream_simulator.request import ChatRequest
from millstream_simulator.scenario import Scenario
from millstream_simulator.simulator import Simulator
from millstream_simulator.whole import whole_beats
from millstream_simulator.wire import Beat, Frame, Stamp, stream_beats

Ask = Callable[..., ChatRequest]
Turn = Callable[..., list[dict[str, Any]]]
WRITTEN = "createOrUpdateFiles"


@pytest.fixture
def simulator(library: Mapping[str, Scenario]) -> Simulator:
    """A fresh simulator over the tiny library."""
    cache = PromptCache(lambda: 0)
    return Simulator(library, SPEEDS, Ledger(), cache, seed=0, retry_after=7, stall_after=5)


def stream(simulator: Simulator, request: ChatRequest) -> list[Beat]:
    """The beats of a streamed answer."""
    ready = simulator.respond(request)
    stamp = Stamp(ready.digest, 0, request.model)
    return list(stream_beats(ready.steps, stamp, usage=True))


def frames(beats: Iterable[Beat]) -> list[bytes]:
    """The bytes of the beats that are bytes."""
    return [beat.data for beat in beats if isinstance(beat, Frame)]


def chunks(beats: Iterable[Beat]) -> list[dict[str, Any]]:
    """The JSON of all events but [DONE]."""
    events = [data.removeprefix(b"data: ") for data in frames(beats)]
    return [orjson.loads(event) for event in events if not event.startswith(b"[DONE]")]


def reasons(beats: Iterable[Beat]) -> list[str]:
    """The finish reasons in the stream."""
    choices = [choice for chunk in chunks(beats) for choice in chunk.get("choices", [])]
    return [choice["finish_reason"] for choice in choices if choice["finish_reason"]]


def test_the_same_request_gives_the_same_bytes(simulator: Simulator, ask: Ask) -> None:
    """Content, ids and chunking; another prompt, seed or model has other ids."""
    once, again = (stream(simulator, ask("code", "A counter")) for _ in range(2))
    assert once == again
    others = [ask("code", "A counter!"), ask("code", "A counter", seed=2**70)]
    ids = {chunks(stream(simulator, request))[0]["id"] for request in (*others, others[0])}
    assert len(ids | {chunks(once)[0]["id"]}) == 3


def test_deltas_come_in_the_real_order(simulator: Simulator, ask: Ask) -> None:
    """Role, prose, each call's head and its fragments, reason, usage, [DONE]."""
    beats = stream(simulator, ask("code", "A counter"))
    assert frames(beats)[-1] == b"data: [DONE]\n\n"
    *body, finish, usage = chunks(beats)
    assert body[0]["choices"][0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
    calls = [c for b in body for c in b["choices"][0]["delta"].get("tool_calls", [])]
    heads = [call for call in calls if "id" in call]
    assert [(h["index"], h["function"]["name"]) for h in heads] == [(0, WRITTEN), (1, "terminal")]
    assert all(h["type"] == "function" and h["function"]["arguments"] == "" for h in heads)
    assert [call["index"] for call in calls] == sorted(call["index"] for call in calls)
    assert finish["choices"][0]["finish_reason"] == "tool_calls"
    assert usage["choices"] == []
    tokens = sum(beat.tokens for beat in beats if isinstance(beat, Frame))
    assert usage["usage"]["completion_tokens"] == tokens
    assert all(chunk["usage"] is None for chunk in (*body, finish))


def test_whole_and_streamed_answers_agree(simulator: Simulator, ask: Ask) -> None:
    """The same text, calls, ids and usage."""
    request = ask("code", "A counter")
    ready = simulator.respond(request)
    (frame,) = frames(whole_beats(ready.steps, Stamp(ready.digest, 0, request.model)))
    whole = orjson.loads(frame)
    streamed = chunks(stream(simulator, request))
    deltas = [chunk["choices"][0]["delta"] for chunk in streamed[:-1]]
    message = whole["choices"][0]["message"]
    assert message["content"] == "".join(delta.get("content") or "" for delta in deltas)
    fragments = [call for delta in deltas for call in delta.get("tool_calls", [])]
    for index, call in enumerate(message["tool_calls"]):
        mine = [fragment for fragment in fragments if fragment["index"] == index]
        assert call["id"] == mine[0]["id"]
        arguments = "".join(fragment["function"]["arguments"] for fragment in mine)
        assert call["function"]["arguments"] == arguments
    assert whole["id"] == streamed[0]["id"]
    assert whole["usage"] == streamed[-1]["usage"]


def test_max_tokens_is_honoured(simulator: Simulator, ask: Ask) -> None:
    """The answer stops there and says why."""
    beats = stream(simulator, ask("code", "A counter", max_completion_tokens=9))
    assert chunks(beats)[-1]["usage"]["completion_tokens"] == 9
    assert reasons(beats) == ["length"]


@pytest.mark.parametrize(
    ("fault", "ends"),
    [
        (Fault.TRUNCATED_ARGUMENTS, ["tool_calls"]),
        (Fault.TRUNCATED_LENGTH, ["length"]),
        (Fault.WRONG_TOOL, ["tool_calls"]),
        (Fault.REPETITION, ["length"]),
        (Fault.NO_FINISH, []),
        (Fault.STALL_AFTER, []),
        (Fault.CUT_TEXT, []),
        (Fault.CUT_TOOL, []),
        (Fault.IN_BAND_ERROR, []),
        (Fault.KEEP_ALIVE, []),
        (Fault.EMPTY, ["stop"]),
        (Fault.FINISH_ERROR, ["error"]),
        (Fault.CONTENT_FILTER, ["content_filter"]),
        (Fault.LOST_USAGE, ["tool_calls"]),
        (Fault.DUPLICATE_INDEX, ["tool_calls"]),
    ],
)
def test_how_each_fault_ends(simulator: Simulator, ask: Ask, fault: Fault, ends: list[str]) -> None:
    """Some faults look like a regular end, the others never give a reason."""
    request = ask("code", "A counter", model=f"sim-instant:{fault}", max_tokens=2000)
    assert reasons(stream(simulator, request)) == ends


def test_a_wrong_tool_is_called_once_and_then_the_right_one(
    simulator: Simulator, ask: Ask, turn: Turn
) -> None:
    """After the error the turn is made again, so that nothing is missing in the end."""

    def called(*messages: dict[str, Any]) -> str:
        request = ask("code", "A counter", *messages, model="sim-wrong-tool")
        deltas = [c["choices"][0]["delta"] for c in chunks(stream(simulator, request))[:-1]]
        heads = (call for delta in deltas for call in delta.get("tool_calls", []) if "id" in call)
        return str(next(heads)["function"]["name"])

    wrong = called()
    assert wrong not in (WRITTEN, "terminal")
    assert called(*turn(wrong)) == WRITTEN
    assert called(*turn(wrong), *turn(WRITTEN)) == "editFile"


def test_repetition_is_bounded(simulator: Simulator, ask: Ask) -> None:
    """Without a limit in the request it ends after 50,000 tokens."""
    beats = stream(simulator, ask("chat", "Hi", model="sim-repetition"))
    assert chunks(beats)[-1]["usage"]["completion_tokens"] == 50_000


def test_a_limited_fault_strikes_the_first_requests_of_a_conversation(
    simulator: Simulator, ask: Ask
) -> None:
    """The retry succeeds; another conversation is struck on its own."""
    model = "sim-429:first=2"
    for _ in range(2):
        with pytest.raises(Refusal):
            simulator.respond(ask("code", "A counter", model=model))
    assert simulator.respond(ask("code", "A counter", model=model)).steps
    with pytest.raises(Refusal):
        simulator.respond(ask("code", "A timer", model=model))
    counters = simulator.ledger.snapshot()
    assert (counters["requests"], counters["refused"]) == (4, 3)


def test_calls_without_an_index_keep_their_own(simulator: Simulator, ask: Ask) -> None:
    """A whole body has no index to share, so the fault changes nothing there."""
    bodies = []
    for model in ("sim-instant", "sim-instant:duplicate-index"):
        ready = simulator.respond(ask("code", "A counter", model=model))
        (frame,) = frames(whole_beats(ready.steps, Stamp("0" * 40, 0, "sim")))
        bodies.append(orjson.loads(frame)["choices"][0]["message"]["tool_calls"])
    assert bodies[0] == bodies[1]


def test_a_tool_fault_waits_for_a_tool_call(simulator: Simulator, ask: Ask) -> None:
    """A selector has no calls to cut, so the fault is not used up and does no harm."""
    request = ask("selector", "A counter", model="sim-cut-tool:once")
    assert reasons(stream(simulator, request)) == ["stop"]
