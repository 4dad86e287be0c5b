"""The text that viewers of a run have in front of them, read back from what they were sent."""

from collections.abc import Iterable
from typing import NamedTuple

import orjson


class Said(NamedTuple):
    """A piece of the message's text, and the sequence of the entry that brought it."""

    seq: int
    text: str


def said_by(events: Iterable[tuple[int, bytes]], until: int) -> tuple[Said, ...]:
    """The pieces that stay when all after the sequence `until` is taken back.

    `events` are all of a run's viewer events, in order, by sequence.
    """
    said: list[Said] = []
    for seq, data in events:
        event = orjson.loads(data)
        if event["type"] == "text.delta":
            said.append(Said(seq, event["text"]))
        elif event["type"] == "rewound":
            said = [piece for piece in said if piece.seq <= event["toSeq"]]
    return tuple(piece for piece in said if piece.seq <= until)
