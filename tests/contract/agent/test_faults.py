"""The gateway against every fault: no broken reply passes for a whole one, and others answer.

The real openai SDK, a real server; each fault as a provider would show it.
"""

import asyncio
from typing import NamedTuple

import pytest

from millstream_agent.core.failures import ModelFailed, RunEnded
from millstream_agent.core.gateway.ledger import Ledger
from millstream_shared.contracts.enums import AttemptOutcome, ErrorType
from millstream_simulator.catalogue import Fault
from tests.contract.conftest import KEY
from tests.support.gateways import Server, ask, gateway_for, in_order, question
from tests.support.ports import free_port


class Expected(NamedTuple):
    """What the ledger says of the attempt, whether it had said something, whether it is paid."""

    error_type: ErrorType
    heard: bool = False
    paid: bool = True


FAULTS = {
    Fault.RATE_LIMIT: Expected(ErrorType.RATE_LIMITED, paid=False),
    Fault.SERVER_ERROR: Expected(ErrorType.OVERLOADED, paid=False),
    Fault.UNAVAILABLE: Expected(ErrorType.OVERLOADED, paid=False),
    Fault.UNAUTHORIZED: Expected(ErrorType.AUTHENTICATION, paid=False),
    Fault.RESET: Expected(ErrorType.UNREACHABLE, paid=False),
    Fault.GARBAGE: Expected(ErrorType.UNREACHABLE, paid=False),
    Fault.SLOW_HEADERS: Expected(ErrorType.SLOW_FIRST_TOKEN),
    Fault.STALL_BEFORE: Expected(ErrorType.SLOW_FIRST_TOKEN),
    Fault.KEEP_ALIVE: Expected(ErrorType.SLOW_FIRST_TOKEN),
    Fault.STALL_AFTER: Expected(ErrorType.STALLED, heard=True),
    Fault.CUT_TEXT: Expected(ErrorType.CUT, heard=True),
    Fault.CUT_TOOL: Expected(ErrorType.CUT, heard=True),
    Fault.INVALID_JSON: Expected(ErrorType.MALFORMED, heard=True),
    Fault.NO_FINISH: Expected(ErrorType.TRUNCATED, heard=True),
    Fault.IN_BAND_ERROR: Expected(ErrorType.GAVE_UP, heard=True),
    Fault.FINISH_ERROR: Expected(ErrorType.GAVE_UP, heard=True),
    Fault.EMPTY: Expected(ErrorType.EMPTY),
    Fault.HUGE: Expected(ErrorType.TOO_LONG, heard=True),
    Fault.REPETITION: Expected(ErrorType.REPETITION, heard=True),
}
HARMLESS = {Fault.LOST_USAGE, Fault.DUPLICATE_INDEX}
"""A whole answer all the same."""
TRUNCATED = {Fault.TRUNCATED_ARGUMENTS, Fault.TRUNCATED_LENGTH}
"""Looks whole, but a call's arguments break off."""
FOR_THE_TOOLS = {Fault.WRONG_TOOL}
"""A whole reply whose call the tools refuse, see test_endpoint.py."""
ELSEWHERE = {
    Fault.CONTENT_FILTER,
    Fault.CONTENT_REFUSED,
    Fault.CONTEXT_TOO_LONG,
    Fault.FLAPPING,
}


def test_every_fault_has_its_test() -> None:
    """A new fault of the simulator has to find its place here."""
    assert set(Fault) == set(FAULTS) | HARMLESS | TRUNCATED | FOR_THE_TOOLS | ELSEWHERE


@pytest.mark.parametrize("fault", FAULTS)
async def test_another_provider_answers(url: str, fault: Fault) -> None:
    """With two healthy ones beside it; the ledger has both attempts and what they cost."""
    server = Server(f"{url}/v1", KEY)
    route = in_order(f"bad/sim-instant:{fault}", "good/sim-instant", "spare/sim-instant")
    gateway = gateway_for(route, dict.fromkeys(("bad", "good", "spare"), server))
    heard = await ask(gateway, question())

    bad, good = heard.lines
    expected = FAULTS[fault]
    assert (bad.error_type, 1 in heard.speakers) == (expected.error_type, expected.heard)
    assert (bad.outcome, good.outcome) == (AttemptOutcome.FAILED, AttemptOutcome.COMPLETE)
    assert bool(bad.input_tokens) == expected.paid
    assert heard.reply.number == 2
    assert heard.reply.finish_reason == "tool_calls"
    assert [call.name for call in heard.reply.calls] == ["createOrUpdateFiles", "terminal"]
    assert heard.reply.input_tokens == bad.input_tokens + good.input_tokens
    await gateway.aclose()


async def test_alone_it_is_an_error_and_never_a_result(url: str) -> None:
    """In a few attempts, within bounds, and with its reason. All faults at the same time."""

    async def fails(fault: Fault) -> None:
        route = in_order(f"bad/sim-instant:{fault}")
        gateway, ledger = gateway_for(route, {"bad": Server(f"{url}/v1", KEY)}), Ledger("m", 1)
        with pytest.raises((ModelFailed, RunEnded)):
            await ask(gateway, question(), ledger)
        assert {line.error_type for line in ledger.lines} == {FAULTS[fault].error_type}, fault
        assert len(ledger.lines) <= 3, fault
        await gateway.aclose()

    async with asyncio.timeout(60):
        await asyncio.gather(*(fails(fault) for fault in FAULTS))


@pytest.mark.parametrize("fault", sorted(HARMLESS))
async def test_what_can_be_made_good_is_an_answer(url: str, fault: Fault) -> None:
    """Tokens that were not told are counted by us; calls with the same index are told apart."""
    gateway = gateway_for(in_order(f"odd/sim-instant:{fault}"), {"odd": Server(f"{url}/v1", KEY)})
    heard = await ask(gateway, question())
    assert [call.name for call in heard.reply.calls] == ["createOrUpdateFiles", "terminal"]
    assert heard.reply.output_tokens > 0
    assert heard.reply.estimated == (fault is Fault.LOST_USAGE)
    await gateway.aclose()


@pytest.mark.parametrize("fault", sorted(TRUNCATED))
async def test_calls_that_break_off_are_answered_by_another(url: str, fault: Fault) -> None:
    """While there is one; the last one's reply stands, and the tools tell the model."""
    server = Server(f"{url}/v1", KEY)
    bad = f"bad/sim-instant:{fault}"
    gateway = gateway_for(in_order(bad, "good/sim-instant"), {"bad": server, "good": server})
    heard = await ask(gateway, question())
    assert [line.error_type for line in heard.lines] == [ErrorType.TRUNCATED, None]
    await gateway.aclose()
    alone = gateway_for(in_order(bad), {"bad": server})
    (line,) = (await ask(alone, question())).lines
    assert line.outcome is AttemptOutcome.COMPLETE
    await alone.aclose()


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_nobody_there(url: str, scheme: str) -> None:
    """A refused connection; and TLS spoken to a server that knows none."""
    port = free_port() if scheme == "http" else int(url.rpartition(":")[2])
    servers = {
        "away": Server(f"{scheme}://127.0.0.1:{port}/v1", KEY),
        "good": Server(f"{url}/v1", KEY),
    }
    gateway = gateway_for(in_order("away/any", "good/sim-instant"), servers)
    heard = await ask(gateway, question())
    assert heard.lines[0].error_type is ErrorType.UNREACHABLE
    assert heard.lines[1].outcome is AttemptOutcome.COMPLETE
    await gateway.aclose()


@pytest.mark.parametrize("fault", [Fault.CONTENT_FILTER, Fault.CONTENT_REFUSED])
async def test_a_refusal_on_grounds_of_content_is_final(url: str, fault: Fault) -> None:
    """It is not shopped around for a provider that minds less, and nobody is blamed."""
    server = Server(f"{url}/v1", KEY)
    route = in_order(f"strict/sim-instant:{fault}", "other/sim-instant")
    gateway = gateway_for(route, dict.fromkeys(("strict", "other"), server))
    ledger = Ledger("m", 1)
    with pytest.raises(RunEnded, match="content") as ended:
        await ask(gateway, question(), ledger)
    assert ended.value.code == "content_filter"
    assert [line.error_type for line in ledger.lines] == [ErrorType.CONTENT_FILTER]
    await gateway.aclose()


async def test_a_flapping_provider_costs_an_attempt_now_and_then(url: str) -> None:
    """Every second request fails; every call completes."""
    server = Server(f"{url}/v1", KEY)
    route = in_order("flapping/sim-instant:flapping", "good/sim-instant")
    gateway = gateway_for(route, {"flapping": server, "good": server})
    ledger = Ledger("m", 1)
    for _ in range(6):
        assert (await ask(gateway, question(), ledger)).reply.calls
    assert len(ledger.lines) <= 9
    await gateway.aclose()


async def test_a_storm_of_refusals_costs_one_attempt(url: str) -> None:
    """`Retry-After` holds for all calls: nobody asks again before that."""
    server = Server(f"{url}/v1", KEY)
    route = in_order("limited/sim-instant:429", "good/sim-instant")
    gateway = gateway_for(route, {"limited": server, "good": server})
    ledger = Ledger("m", 1)
    for _ in range(10):
        await ask(gateway, question(), ledger)
    refused = [line for line in ledger.lines if line.error_type is ErrorType.RATE_LIMITED]
    assert len(refused) <= 2
    await gateway.aclose()
