"""What all agents together know of the offers, over one NATS bucket.

A key for each offer's health, changed by compare-and-set: failures count across agents, and a
half-open offer is tried by one of them. A key for each agent's calls in flight, put at most every
tenth of a second. All hear of all puts by one plain subscription; reads cost nothing. While the
broker is away an agent goes by what it knows itself.
"""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from uuid import uuid4

import orjson
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import KeyDeletedError, KeyNotFoundError, KeyWrongLastSequenceError, NoKeysError
from nats.js.kv import KeyValue
from pydantic import TypeAdapter, ValidationError

from millstream_agent.core.gateway.board import Board, Move
from millstream_agent.core.gateway.health import Health, Standing
from millstream_agent.core.gateway.offers import Offer
from millstream_shared.contracts import subjects
from millstream_shared.contracts.model import Contract
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.tasks import end

UPDATES: Final = f"$KV.{subjects.MODELS}.*.*"
TELL_SECONDS: Final = 0.1
FORGET_SECONDS: Final = 15.0
"""Calls of an agent that has said nothing for so long count no more."""
AVERAGE_SECONDS: Final = 1.0
"""How often moved averages are shared; failures are at once."""
AWAY = (NatsError, OSError)

COUNTS: Final = TypeAdapter(dict[str, int])


class Known(Contract):
    """Signals how an offer is doing."""

    offer: str
    health: Health


class SharedBoard(Board):
    """See above. `open` one per process."""

    def __init__(self, bucket: KeyValue, clock: Callable[[], float]) -> None:
        super().__init__(clock)
        self._bucket = bucket
        self._agent = uuid4().hex
        self._others: dict[str, tuple[float, dict[str, int]]] = {}
        self._pending: dict[str, list[Move]] = {}
        self._dirty = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def open(cls, bus: Bus, clock: Callable[[], float]) -> "SharedBoard":
        board = cls(await bus.js.key_value(subjects.MODELS), clock)
        await bus.client.subscribe(UPDATES, cb=board._hear)
        await board._read_all()
        board._tasks = [
            asyncio.create_task(board._tell_in_flight()),
            asyncio.create_task(board._share_averages()),
        ]
        return board

    async def close(self) -> None:
        await end(self._tasks)
        with suppress(*AWAY):
            await self._bucket.delete(f"agent.{self._agent}")

    def in_flight(self, name: str) -> int:
        since = self.clock() - FORGET_SECONDS
        others = (counts.get(name, 0) for at, counts in self._others.values() if at > since)
        return super().in_flight(name) + sum(others)

    def enter(self, offer: Offer) -> None:
        super().enter(offer)
        self._dirty.set()

    def leave(self, offer: Offer) -> None:
        super().leave(offer)
        self._dirty.set()

    async def move(self, offer: Offer, move: Move) -> None:
        """Averages are shared soon; whatever opens or closes a circuit, at once."""
        before = self.look(offer).health
        await super().move(offer, move)
        after = self.look(offer).health
        if (before.failures, before.rests) == (after.failures, after.rests):
            self._pending.setdefault(offer.name, []).append(move)
        else:
            await self._share(offer.name, [*self._pending.pop(offer.name, []), move])

    async def claim(self, offer: Offer) -> bool:
        now = self.clock()
        standing = self.look(offer).health.standing(now)
        if standing is not Standing.HALF_OPEN:
            return standing is Standing.CLOSED
        try:
            known, revision = await self._read(offer.name)
            if known.standing(now) is not Standing.HALF_OPEN:
                self._health[offer.name] = known
                return known.standing(now) is Standing.CLOSED
            await self._write(offer.name, known.tried(now), revision)
        except KeyWrongLastSequenceError:
            return False  # another agent was quicker
        except AWAY:
            return await super().claim(offer)
        return True

    async def _share(self, name: str, moves: list[Move]) -> None:
        """Applies the moves to what all know; each lost race means that another agent got on."""
        with suppress(*AWAY):
            while True:
                known, revision = await self._read(name)
                for move in moves:
                    known = move(known)
                with suppress(KeyWrongLastSequenceError):
                    await self._write(name, known, revision)
                    return

    async def _read(self, name: str) -> tuple[Health, int]:
        try:
            entry = await self._bucket.get(_key(name))
        except KeyDeletedError as deleted:
            return Health(), deleted.entry.revision or 0
        except KeyNotFoundError:
            return Health(), 0
        known = _decoded(entry.value or b"")
        return known.health if known else Health(), entry.revision or 0

    async def _write(self, name: str, health: Health, revision: int) -> None:
        await self._bucket.update(_key(name), Known(offer=name, health=health).encode(), revision)
        self._health[name] = health

    async def _read_all(self) -> None:
        with suppress(NoKeysError, *AWAY):
            for key in await self._bucket.keys():
                if key.startswith("offer."):
                    with suppress(KeyNotFoundError):
                        self._learn((await self._bucket.get(key)).value or b"")

    async def _hear(self, message: Msg) -> None:
        kind, _, name = message.subject.removeprefix(f"$KV.{subjects.MODELS}.").partition(".")
        if kind == "offer":
            self._learn(message.data)
        elif name != self._agent:
            self._hear_of_calls(name, message.data)

    def _hear_of_calls(self, agent: str, data: bytes) -> None:
        since = self.clock() - FORGET_SECONDS
        self._others = {name: seen for name, seen in self._others.items() if seen[0] > since}
        with suppress(ValidationError):  # written by a later version
            self._others[agent] = (self.clock(), COUNTS.validate_json(data or b"{}"))
        self.make_room()

    def _learn(self, data: bytes) -> None:
        if known := _decoded(data):
            self._health[known.offer] = known.health

    async def _tell_in_flight(self) -> None:
        """Puts this agent's calls when they change, and every few seconds while there are any."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(FORGET_SECONDS / 3 if +self._own else None):
                    await self._dirty.wait()
            self._dirty.clear()
            with suppress(*AWAY):
                await self._bucket.put(f"agent.{self._agent}", orjson.dumps(+self._own))
            await asyncio.sleep(TELL_SECONDS)

    async def _share_averages(self) -> None:
        while True:
            await asyncio.sleep(AVERAGE_SECONDS)
            pending, self._pending = self._pending, {}
            for name, moves in pending.items():
                await self._share(name, moves)


def _key(offer: str) -> str:
    """Names of models have signs that keys may not have."""
    return f"offer.{hashlib.sha256(offer.encode()).hexdigest()[:32]}"


def _decoded(data: bytes) -> Known | None:
    """The entry; None for one that a later version has written, or nobody."""
    try:
        return Known.decode(data)
    except ValidationError:
        return None
