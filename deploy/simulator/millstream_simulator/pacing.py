"""Sending an answer at a model's speed, by a schedule rather than by sleeping between tokens."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from millstream_simulator.catalogue import Speed
from millstream_simulator.faults import Cut, Stall
from millstream_simulator.wire import KEEP_ALIVE, Beat, Frame

# Tokens that fall due within a tick go out together: 10 at 2000 tokens/s, single ones at 80.
TICK = 0.005
# An unlimited model pauses for the other streams after so many bytes.
GULP = 16_384

Send = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True)
class Patience:
    """How long a stall lasts and how often it is commented, in seconds."""

    stall_limit: float
    keep_alive_interval: float


def due_times(speed: Speed, seed: str, prefill: float = 0.0) -> Iterator[float]:
    """When the answer begins and then when each token is due, in seconds; seeded.

    `prefill` are the seconds that it takes to read the prompt.
    """
    wobble = random.Random(seed)  # noqa: S311 - jitter, not a secret
    gap = 1 / speed.per_second if speed.per_second else 0.0
    at = speed.first_token + prefill
    yield at
    while True:
        yield at
        at += gap * (1 + speed.jitter * wobble.uniform(-1, 1))


def schedule(beats: Iterable[Beat], due: Iterator[float]) -> Iterator[tuple[float, Beat]]:
    """Pair each beat with its time; what costs no token goes out with the token before it."""
    at = next(due)
    for beat in beats:
        for _ in range(beat.tokens if isinstance(beat, Frame) else 0):
            at = next(due)
        yield at, beat


async def play(timed: Iterable[tuple[float, Beat]], send: Send, patience: Patience) -> bool:
    """Send every beat at its time; False if the connection is to be cut after the last one."""
    clock = asyncio.get_running_loop().time
    start, buffer = clock(), bytearray()
    for at, beat in timed:
        wait = start + at - clock()
        if wait > 0 or len(buffer) >= GULP:
            await _flush(buffer, send)
            await asyncio.sleep(max(wait, TICK) if wait > 0 else 0)
        if not isinstance(beat, Frame):
            await _flush(buffer, send)
            await _hold(beat, send, patience)
            return False
        buffer += beat.data
    await _flush(buffer, send)
    return True


async def _flush(buffer: bytearray, send: Send) -> None:
    if buffer:
        await send(bytes(buffer))
        buffer.clear()


async def _hold(beat: Stall | Cut, send: Send, patience: Patience) -> None:
    """Say nothing, or nothing of use, until patience ends; a cut is at once."""
    if isinstance(beat, Cut):
        return
    if not beat.comments:
        await asyncio.sleep(patience.stall_limit)
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(patience.stall_limit):
            while True:
                await send(KEEP_ALIVE)
                await asyncio.sleep(patience.keep_alive_interval)
