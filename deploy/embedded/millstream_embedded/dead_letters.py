"""The dead letters of a running system, for an operator."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from rich.table import Table

from millstream_embedded.operator import connected
from millstream_embedded.options import StackError
from millstream_shared.contracts import subjects
from millstream_shared.contracts.model import utc_text
from millstream_shared.runtime import dead
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.dead import DeadLetter
from millstream_shared.runtime.errors import Transient

Ids = Sequence[int] | None
"""None stands for all."""


async def found(data: Path) -> list[DeadLetter]:
    """All dead letters, oldest first."""
    async with _bus(data) as bus:
        return await _letters(bus, None)


async def replay(data: Path, ids: Ids) -> int:
    """How many were put back on their streams. None is, should one of the ids be unknown.

    What was said of a run is left out: only the agent that holds a run writes its log, and the
    store has ended the message. Naming such a letter raises StackError.
    """
    async with _bus(data) as bus:
        letters = await _letters(bus, ids)
        fit = [letter for letter in letters if letter.stream != subjects.RUNS]
        if ids is not None and len(fit) < len(letters):
            raise StackError(
                "What was said of a run cannot be said again, and its message has ended: "
                "drop the letter, and have the user send the prompt anew."
            )
        for letter in fit:
            await dead.replay(bus, letter)
    return len(fit)


async def drop(data: Path, ids: Ids) -> int:
    """How many were deleted. None is, should one of the ids be unknown."""
    async with _bus(data) as bus:
        letters = await _letters(bus, ids)
        for letter in letters:
            await dead.drop(bus, letter)
    return len(letters)


def as_json(letter: DeadLetter) -> str:
    return json.dumps(
        {
            "id": letter.id,
            "at": utc_text(letter.at),
            "stream": letter.stream,
            "subject": letter.subject,
            "deliveries": letter.deliveries,
            "reason": letter.reason,
            "data": letter.data.decode("utf-8", "replace"),
        }
    )


def as_table(letters: Sequence[DeadLetter]) -> Table:
    table = Table("Id", "When", "Stream", "Subject", "Deliveries", "Reason", box=None)
    table.pad_edge = False
    for letter in letters:
        facts = (letter.id, utc_text(letter.at), letter.stream, letter.subject, letter.deliveries)
        table.add_row(*map(str, facts), _plain(letter.reason))
    return table


def _plain(text: str) -> str:
    """Brackets in it are no markup."""
    return text.replace("[", r"\[")


async def _letters(bus: Bus, ids: Ids) -> list[DeadLetter]:
    if ids is None:
        return [letter async for letter in dead.letters(bus)]
    return [await _letter(bus, letter_id) for letter_id in dict.fromkeys(ids)]


async def _letter(bus: Bus, letter_id: int) -> DeadLetter:
    letter = await dead.letter_of(bus, letter_id)
    if letter is None:
        raise StackError(f"There is no dead letter {letter_id}; see: millstream dead list")
    return letter


@asynccontextmanager
async def _bus(data: Path) -> AsyncIterator[Bus]:
    async with connected(data) as client:
        try:
            yield Bus(client)
        except Transient as error:
            raise StackError(f"The broker does not do it now: {error}") from error
