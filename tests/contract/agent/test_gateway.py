"""The gateway over several providers: hedging, budgets, known answers, limits, long questions."""

import asyncio
import time
from dataclasses import replace

import pytest

from millstream_agent.adapters.gateway.attempt import Deadlines
from millstream_agent.adapters.gateway.gateway import Gateway, RunModel
from millstream_agent.core.budgets import LocalAccount, OverBudget
from millstream_agent.core.conversation import assistant, system, user
from millstream_agent.core.gateway.board import Board
from millstream_agent.core.gateway.health import Health
from millstream_agent.core.gateway.ledger import Ledger
from millstream_agent.core.gateway.offers import Offer, Route
from millstream_agent.core.growing_reply import CHARS_PER_TOKEN
from millstream_agent.core.ports import ModelCall, ModelReply
from millstream_shared.contracts.enums import AttemptOutcome, ErrorType, Role
from tests.contract.conftest import KEY
from tests.support.gateways import Server, ask, equals, gateway_for, in_order, offer, question


class MemoryReplies:
    """Keeps answers in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, ModelReply] = {}

    async def find(self, key: str) -> ModelReply | None:
        return self.kept.get(key)

    async def keep(self, key: str, reply: ModelReply) -> None:
        self.kept[key] = replace(reply)


def servers(url: str, route: Route) -> dict[str, Server]:
    return {each.provider: Server(f"{url}/v1", KEY) for tier in route for each in tier}


async def knowing(board: Board, known: Offer, first_content: float) -> None:
    """The offer is known to begin after so many seconds, quite exactly."""
    for _ in range(40):
        await board.move(known, lambda health: health.answered(first_content, 2000.0, time.time()))


async def test_a_slow_provider_is_raced_and_the_quicker_one_wins(url: str) -> None:
    """The other one is hung up on and paid for; the ledger says which was the hedge."""
    route = in_order("slow/sim-instant:stall-before", "quick/sim-instant")
    board = Board(time.time)
    await knowing(board, offer("slow/sim-instant:stall-before"), 0.05)
    gateway = gateway_for(
        route, servers(url, route), board=board, hedging=True, deadlines=Deadlines(9, 9, 20)
    )
    heard = await ask(gateway, question())
    by_provider = {line.provider: line for line in heard.lines}
    slow, quick = by_provider["slow"], by_provider["quick"]
    assert (slow.outcome, slow.error_type) == (AttemptOutcome.CANCELLED, ErrorType.SUPERSEDED)
    assert (quick.outcome, quick.hedge) == (AttemptOutcome.COMPLETE, True)
    assert slow.input_tokens > 0
    assert heard.speakers == [quick.number]
    assert board.in_flight(offer("slow/sim-instant:stall-before").name) == 0
    await gateway.aclose()


async def test_hedges_have_a_purse_of_their_own(url: str) -> None:
    """When it is empty, a slow provider is waited for."""
    route = in_order("slow/sim-instant:stall-before", "quick/sim-instant")
    board = Board(time.time)
    await knowing(board, offer("slow/sim-instant:stall-before"), 0.05)
    gateway = gateway_for(route, servers(url, route), board=board, hedging=True)
    gateway.hedges.credit = 10
    heard = await ask(gateway, question())
    assert [line.error_type for line in heard.lines] == [ErrorType.SLOW_FIRST_TOKEN, None]
    assert not any(line.hedge for line in heard.lines)
    await gateway.aclose()


async def test_an_answer_is_cut_where_the_budget_ends(url: str) -> None:
    """In mid-stream; what was used is booked, and what was paid ahead comes back."""
    route = in_order("only/sim-instant:huge")
    gateway = gateway_for(route, servers(url, route))
    account, ledger = LocalAccount("run", 6_000), Ledger("m", 1)
    async with RunModel(gateway, ledger, (account,)).open(question(Role.TITLE)) as replies:
        first = await anext(replies)
        chunk = len(first.text) // CHARS_PER_TOKEN
        with pytest.raises(OverBudget, match="6,000 tokens"):
            [reply async for reply in replies]
    (line,) = ledger.lines
    assert line.error_type is ErrorType.BUDGET
    assert account.spent == line.input_tokens + line.output_tokens
    assert 6_000 <= account.spent <= 6_000 + chunk
    await gateway.aclose()


async def test_every_attempt_draws_on_the_same_budget(url: str) -> None:
    """A failed one has cost tokens too."""
    route = in_order("bad/sim-instant:cut-tool", "good/sim-instant")
    gateway = gateway_for(route, servers(url, route))
    account, ledger = LocalAccount("run", 100_000), Ledger("m", 1)
    async with RunModel(gateway, ledger, (account,)).open(question()) as replies:
        async for _ in replies:
            pass
    assert len(ledger.lines) == 2
    assert account.spent == sum(line.input_tokens + line.output_tokens for line in ledger.lines)
    await gateway.aclose()


async def test_a_known_answer_is_given_again(url: str) -> None:
    """To the same user, as a stream, for nothing; not to others, nor where it is not wanted."""
    route = in_order("only/sim-instant")
    gateway = gateway_for(route, servers(url, route), replies=MemoryReplies())

    async def outcome(
        tenant: str, role: Role = Role.TITLE, *, cache: bool = True
    ) -> AttemptOutcome:
        ledger = Ledger("m", 1)
        async with RunModel(gateway, ledger, (), tenant, cache).open(question(role)) as replies:
            texts = [reply.text async for reply in replies]
        assert texts[-1]
        return ledger.lines[-1].outcome

    assert await outcome("alice") is AttemptOutcome.COMPLETE
    assert await outcome("alice") is AttemptOutcome.CACHED
    assert await outcome("bob") is AttemptOutcome.COMPLETE
    assert await outcome("alice", cache=False) is AttemptOutcome.COMPLETE
    assert await outcome("alice", Role.CODE) is AttemptOutcome.COMPLETE
    assert await outcome("alice", Role.CODE) is AttemptOutcome.COMPLETE
    await gateway.aclose()


async def test_broken_answers_are_not_kept(url: str) -> None:
    """Only the whole one of the attempt that succeeded."""
    replies = MemoryReplies()
    route = in_order("bad/sim-instant:no-finish", "good/sim-instant")
    gateway = gateway_for(route, servers(url, route), replies=replies)
    async with RunModel(gateway, Ledger("m", 1), tenant="alice").open(question(Role.TITLE)) as got:
        *_, last = [reply async for reply in got]
    (kept,) = replies.kept.values()
    assert (kept.text, kept.finish_reason) == (last.text, "stop")
    await gateway.aclose()


async def test_a_full_provider_is_waited_for(url: str) -> None:
    """Never more calls at once than it takes, and none is lost."""
    only = replace(offer("only/sim-fast"), max_in_flight=2)
    gateway = gateway_for(((only,),), {"only": Server(f"{url}/v1", KEY)})
    most = 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, gateway.board.in_flight(only.name))
            await asyncio.sleep(0.001)

    watching = asyncio.create_task(watch())
    heard = await asyncio.gather(*(ask(gateway, question()) for _ in range(7)))
    watching.cancel()
    assert all(each.reply.finish_reason for each in heard)
    assert most == 2
    await gateway.aclose()


async def test_equals_share_the_load(url: str) -> None:
    """Calls at the same time go to both."""
    route = equals("one/sim-fast", "two/sim-fast")
    gateway = gateway_for(route, servers(url, route))
    heard = await asyncio.gather(*(ask(gateway, question()) for _ in range(12)))
    used = [each.lines[-1].provider for each in heard]
    assert 3 <= used.count("one") <= 9
    await gateway.aclose()


async def test_a_question_that_is_too_long_is_asked_again_shorter(url: str) -> None:
    """The provider is not blamed, and the next long question is shortened before it is asked."""
    route = in_order("narrow/sim-instant:context-too-long")
    gateway = gateway_for(route, servers(url, route))
    long_ago = [
        message
        for number in range(8)
        for message in (user(f"Change {number}: " + "more words " * 150), assistant("Done."))
    ]
    messages = [system("You are the title writer."), *long_ago, user("<request>A list</request>")]
    call = ModelCall(Role.TITLE, messages, name="title")
    first = await ask(gateway, call)
    assert first.lines[0].error_type is ErrorType.CONTEXT_TOO_LONG
    assert first.reply.finish_reason == "stop"
    assert gateway.board.look(offer("narrow/sim-instant:context-too-long")).health.failures == 0
    again = await ask(gateway, call)
    assert len(again.lines) < len(first.lines)
    await gateway.aclose()


async def test_who_hangs_up_leaves_nothing_behind(url: str) -> None:
    """A cancelled call is booked as such at once, and its connection is closed."""
    route = in_order("only/sim-slow")
    gateway, ledger = gateway_for(route, servers(url, route)), Ledger("m", 1)

    async def listen(gateway: Gateway) -> None:
        async with RunModel(gateway, ledger).open(question()) as replies:
            async for _ in replies:
                pass

    listening = asyncio.create_task(listen(gateway))
    while not gateway.board.in_flight("only/sim-slow"):  # noqa: ASYNC110 - the gateway's doing
        await asyncio.sleep(0.01)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    (line,) = ledger.lines
    assert (line.outcome, line.error_type) == (AttemptOutcome.CANCELLED, ErrorType.CANCELLED)
    assert gateway.board.look(offer("only/sim-slow")).health == Health()
    assert gateway.board.in_flight("only/sim-slow") == 0
    await gateway.aclose()
