"""Agents agree on how providers are doing, over a real broker."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from millstream_agent.adapters.gateway.shared_board import SharedBoard
from millstream_agent.core.gateway.health import FAILURES, Health, Standing
from millstream_agent.core.gateway.offers import Offer
from millstream_shared.contracts.enums import ErrorType
from millstream_shared.runtime.bus import Bus
from tests.support.broker import Broker

AGENTS = 8
OFFER = Offer("provider", "vendor/model:latest")


class Clock:
    """Unix seconds that tests can move on."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def boards(bus: Bus, fresh_broker: Broker, clock: Clock) -> AsyncIterator[list[SharedBoard]]:
    """Of eight agents, each with its own connection."""
    clients = [await fresh_broker.connect() for _ in range(AGENTS)]
    boards = [await SharedBoard.open(Bus(client), clock) for client in clients]
    yield boards
    for board, client in zip(boards, clients, strict=True):
        await board.close()
        await client.close()


async def fail(board: SharedBoard) -> None:
    now = board.clock()
    await board.move(OFFER, lambda known: known.failed(ErrorType.OVERLOADED, None, now))


def standing(board: SharedBoard) -> Standing:
    return board.look(OFFER).health.standing(board.clock())


async def until(board: SharedBoard, wanted: Standing) -> None:
    async with asyncio.timeout(5):
        while standing(board) is not wanted:  # noqa: ASYNC110 - word comes over the broker
            await asyncio.sleep(0.01)


async def test_failures_count_across_agents(boards: list[SharedBoard]) -> None:
    """Three in all open the circuit for everybody, not three of each."""
    for board in boards[:FAILURES]:
        await fail(board)
    for board in boards:
        await until(board, Standing.OPEN)


async def test_an_outage_costs_a_bounded_number_of_attempts(boards: list[SharedBoard]) -> None:
    """Eight agents with twenty calls each: the first ones, and those that were on their way."""
    attempts = 0

    async def call(board: SharedBoard) -> None:
        nonlocal attempts
        for _ in range(20):
            if standing(board) is not Standing.OPEN and await board.claim(OFFER):
                attempts += 1
                await asyncio.sleep(0.01)
                await fail(board)

    await asyncio.gather(*(call(board) for board in boards))
    assert attempts <= FAILURES + AGENTS


async def test_one_agent_tries_whether_it_is_well_again(
    boards: list[SharedBoard], clock: Clock
) -> None:
    """Of all that ask at once; its answer closes the circuit for all."""
    for board in boards[:FAILURES]:
        await fail(board)
    for board in boards:
        await until(board, Standing.OPEN)
    clock.ahead = 6
    claims = await asyncio.gather(*(board.claim(OFFER) for board in boards))
    assert claims.count(True) == 1
    await boards[claims.index(True)].move(OFFER, lambda known: known.answered(0.5, 80.0, clock()))
    for board in boards:
        await until(board, Standing.CLOSED)


async def test_calls_in_flight_are_those_of_all(boards: list[SharedBoard]) -> None:
    """Word of them takes a tenth of a second; an agent that stops takes its own away."""
    for board in boards:
        board.enter(OFFER)
    async with asyncio.timeout(5):
        while boards[0].in_flight(OFFER.name) < AGENTS:  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.01)
        for board in boards[1:]:
            board.leave(OFFER)
        while boards[0].in_flight(OFFER.name) > 1:
            await boards[0].room(0.2)


async def test_averages_are_shared(boards: list[SharedBoard]) -> None:
    """What one agent has measured, all go by, and one that starts later too."""
    one, other = boards[:2]
    await one.move(OFFER, lambda known: known.answered(0.5, 80.0, one.clock()))
    async with asyncio.timeout(5):
        while other.look(OFFER).health == Health():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.05)
    assert other.look(OFFER).health.first_content == 0.5


async def test_a_broker_that_is_away_stops_no_call(
    boards: list[SharedBoard], fresh_broker: Broker, clock: Clock
) -> None:
    """Each agent goes by what it knows itself."""
    fresh_broker.kill()
    for _ in range(FAILURES):
        await fail(boards[0])
    assert standing(boards[0]) is Standing.OPEN
    clock.ahead = 6
    assert await boards[0].claim(OFFER)
    fresh_broker.start()
