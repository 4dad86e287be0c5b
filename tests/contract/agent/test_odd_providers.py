"""Providers that send what nobody expects: a failure like any other, never a bug of ours."""

import asyncio
import time
from typing import Any

import pytest
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from millstream_agent.adapters.gateway.attempt import Deadlines
from millstream_agent.adapters.gateway.gateway import RunModel
from millstream_agent.core.budgets import LocalAccount
from millstream_agent.core.failures import ModelFailed, RunEnded
from millstream_agent.core.gateway.board import Board
from millstream_agent.core.gateway.health import Standing
from millstream_agent.core.gateway.ledger import Ledger
from millstream_agent.core.ports import ModelCall
from millstream_shared.contracts.enums import AttemptOutcome, ErrorType, Role
from tests.support.gateways import Heard, Server, ask, gateway_for, in_order, offer, question
from tests.support.providers import WHOLE, Answer, chunk, events, saying, serving, slowly

CALL = question(Role.TITLE)
CUT_SHORT = events(chunk({"content": "Half"}))


async def answered(odd: Answer, *, deadlines: Deadlines = Deadlines(5, 5, 9)) -> Heard:  # noqa: B008 - frozen
    """What comes of a call whose first provider is odd and whose second is well."""
    async with serving(odd) as bad, serving(saying(*WHOLE)) as good:
        servers = {"odd": Server(bad, "sk-very-secret"), "good": Server(good, "x")}
        gateway = gateway_for(in_order("odd/any", "good/any"), servers, deadlines=deadlines)
        heard = await ask(gateway, CALL)
        assert not any(gateway.board.in_flight(name) for name in ("odd/any", "good/any"))
        await gateway.aclose()
    return heard


@pytest.mark.parametrize(
    "odd",
    [
        {"choices": ["text"]},
        {"choices": 7},
        {"choices": {"delta": {}}},
        chunk("text"),
        chunk({"content": 7}),
        chunk({"content": [{"type": "text", "text": "parts"}]}),
        chunk({"tool_calls": "call"}),
        chunk({"tool_calls": [None]}),
        chunk({"tool_calls": [{"index": [1], "function": {}}]}),
        chunk({"tool_calls": [{"index": 0, "function": "f"}]}),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": {"a": 1}}}]}),
        chunk({"tool_calls": [{"index": 0, "id": 7}]}),
        chunk(model={"name": "m"}),
        chunk(finish_reason={"reason": "stop"}),
        chunk(usage="many"),
        chunk(usage={"prompt_tokens": 1, "prompt_tokens_details": [1]}),
    ],
    ids=str,
)
async def test_a_malformed_chunk_is_the_providers_fault(odd: dict[str, Any]) -> None:
    """The next one answers; the ledger says who was wrong."""
    heard = await answered(saying(chunk({"content": "Half"}), odd, *WHOLE))
    assert [line.error_type for line in heard.lines] == [ErrorType.MALFORMED, None]
    assert heard.reply.text == "Whole."


@pytest.mark.parametrize("count", ["12", 12.5, -1_000_000, 3e9, 10**12, True])
async def test_a_count_that_cannot_be_one_is_not_believed(count: object) -> None:
    """Nobody gains or loses a million tokens by it: ours counts."""
    usage = {"prompt_tokens": count, "completion_tokens": 1}
    heard = await answered(saying(*WHOLE, chunk(usage=usage)))
    (line,) = heard.lines
    assert line.estimated
    assert 0 < line.input_tokens < 1_000


@pytest.mark.parametrize(
    ("problem", "error_type"),
    [
        ({"message": "boom"}, ErrorType.GAVE_UP),
        ("boom", ErrorType.GAVE_UP),
        ({"message": "slow down", "code": 429}, ErrorType.RATE_LIMITED),
    ],
)
async def test_an_error_in_the_stream_is_one(problem: object, error_type: ErrorType) -> None:
    """Of whatever form."""
    heard = await answered(saying(chunk({"content": "Half"}), {"error": problem}))
    assert [line.error_type for line in heard.lines] == [error_type, None]


async def test_a_refusal_in_the_stream_is_final() -> None:
    """As when it comes as a status."""
    problem = {"code": "content_filter", "message": "no"}
    with pytest.raises(RunEnded, match="grounds of content"):
        await answered(saying({"error": problem}))


async def test_a_key_in_a_providers_words_does_not_get_into_logs() -> None:
    """Also when the call is tried again, and whatever that logs."""
    problem = {"message": "Incorrect API key provided: sk-very-secret"}
    async with serving(saying({"error": problem})) as url:
        gateway = gateway_for(in_order("odd/any"), {"odd": Server(url, "sk-very-secret")})
        with structlog.testing.capture_logs() as logs, pytest.raises(ModelFailed) as failed:
            await ask(gateway, CALL)
        await gateway.aclose()
    assert logs
    assert "sk-very-secret" not in f"{logs} {failed.value!r}"


async def test_an_answer_that_is_whole_stays_whole() -> None:
    """Silence after the finish reason costs a moment, not the answer; ours counts its tokens."""
    heard = await answered(slowly(events(*WHOLE), 30.0))
    (line,) = heard.lines
    assert (line.outcome, line.estimated) == (AttemptOutcome.COMPLETE, True)


async def test_empty_chunks_are_no_progress() -> None:
    """A stream that says nothing more is stalled, however often it says so."""
    nothing = [part for _ in range(40) for part in (events(chunk()), 0.1)]
    heard = await answered(slowly(CUT_SHORT, *nothing), deadlines=Deadlines(5, 0.6, 9))
    assert heard.lines[0].error_type is ErrorType.STALLED


async def test_who_thinks_aloud_is_alive() -> None:
    """Past the wait for the first content; thoughts are no text, and are counted."""
    thoughts = [
        part for _ in range(6) for part in (events(chunk({"reasoning_content": "hm " * 40})), 0.2)
    ]
    heard = await answered(slowly(*thoughts, events(*WHOLE)), deadlines=Deadlines(0.6, 0.6, 9))
    (line,) = heard.lines
    assert heard.reply.text == "Whole."
    assert line.output_tokens > 150


async def test_several_calls_learn_at_once_what_a_model_does_not_take() -> None:
    """None of them ends its run over it."""

    async def picky(request: Request) -> Response:
        if "temperature" in await request.json():
            error = {"message": "no such parameter", "param": "temperature"}
            return JSONResponse({"error": error}, 400)
        return await saying(*WHOLE)(request)

    async with serving(picky) as url:
        gateway = gateway_for(in_order("only/any"), {"only": Server(url, "x")})
        heard = await asyncio.gather(*(ask(gateway, CALL) for _ in range(5)))
        await gateway.aclose()
    assert [each.reply.text for each in heard] == ["Whole."] * 5


async def recovering(url: str) -> tuple[Board, Any]:
    """A gateway whose only offer has rested and may be tried."""
    board = Board(time.time)
    only, now = offer("only/any"), time.time() - 60
    for _ in range(3):
        await board.move(only, lambda known: known.failed(ErrorType.OVERLOADED, None, now))
    assert board.look(only).health.standing(time.time()) is Standing.HALF_OPEN
    gateway = gateway_for(
        in_order("only/any"), {"only": Server(url, "x")}, board=board, deadlines=Deadlines(5, 5, 9)
    )
    return board, gateway


async def test_others_do_not_wait_for_the_end_of_a_trial() -> None:
    """Its first content says that the provider is back."""
    body = slowly(0.2, CUT_SHORT, 1.0, events(chunk(finish_reason="stop")), b"data: [DONE]\n\n")
    async with serving(body) as url:
        _, gateway = await recovering(url)
        first = asyncio.create_task(ask(gateway, CALL))
        await asyncio.sleep(0.1)
        second = await ask(gateway, CALL)
        assert (await first).reply.text == second.reply.text == "Half"
        await gateway.aclose()


async def test_a_trial_that_we_ended_ourselves_leaves_the_offer_to_others() -> None:
    """A user who cancels does not shut the provider for everybody."""
    async with serving(slowly(30.0)) as url:
        board, gateway = await recovering(url)
        asking = asyncio.create_task(ask(gateway, CALL))
        while not board.in_flight("only/any"):  # noqa: ASYNC110 - the gateway's doing
            await asyncio.sleep(0.01)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert board.look(offer("only/any")).health.standing(time.time()) is Standing.HALF_OPEN
        await gateway.aclose()


async def test_a_listener_that_fails_leaves_nothing_behind() -> None:
    """The call is booked when its context is left, not some time later."""
    async with serving(slowly(CUT_SHORT, 30.0)) as url:
        gateway, ledger = (
            gateway_for(in_order("only/any"), {"only": Server(url, "x")}),
            Ledger("m", 1),
        )
        account = LocalAccount("run", 100_000)

        async def listen(call: ModelCall) -> None:
            async with RunModel(gateway, ledger, (account,)).open(call) as replies:
                async for _ in replies:
                    raise RuntimeError("the log is away")

        with pytest.raises(RuntimeError):
            await listen(CALL)
        (line,) = ledger.lines
        assert line.outcome is AttemptOutcome.CANCELLED
        assert gateway.board.in_flight("only/any") == 0
        assert account.spent == line.input_tokens + line.output_tokens
        await gateway.aclose()


async def test_a_hedge_that_costs_too_much_does_not_end_the_run() -> None:
    """There is enough for one: the hedge goes, the first one answers."""
    long = events(*(chunk({"content": "word " * 60}) for _ in range(20)))
    async with (
        serving(slowly(1.5, events(*WHOLE))) as slow,
        serving(slowly(0.05, events(chunk({"reasoning_content": "x" * 9_000})), long)) as costly,
    ):
        board = Board(time.time)
        for _ in range(40):
            await board.move(
                offer("slow/any"), lambda known: known.answered(0.05, None, time.time())
            )
        gateway = gateway_for(
            in_order("slow/any", "costly/any"),
            {"slow": Server(slow, "x"), "costly": Server(costly, "x")},
            board=board,
            deadlines=Deadlines(5, 5, 9),
            hedging=True,
        )
        ledger, account = Ledger("m", 1), LocalAccount("run", 1_800)
        async with RunModel(gateway, ledger, (account,)).open(CALL) as replies:
            *_, last = [reply async for reply in replies]
        await gateway.aclose()
    assert last.text == "Whole."
    assert {line.error_type for line in ledger.lines} == {ErrorType.BUDGET, None}
