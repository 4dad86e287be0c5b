"""Lines: whose turn it is, and why somebody waits.

A message goes to the agents when no earlier message of its project is unfinished, and when fewer of
its user's messages are with the agents than may be at once. Oldest first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millstream_shared.contracts.enums import Lane
from millstream_shared.contracts.views import Waiting


@dataclass(frozen=True)
class Place:
    """An unfinished message in its user's line; `dispatched` once it is with the agents."""

    message_id: str
    project_id: str
    dispatched: bool


@dataclass(frozen=True)
class Turn:
    """A message that may go to the agents now."""

    message_id: str
    lane: Lane


def turns(line: Sequence[Place], at_once: int) -> Iterator[Turn]:
    """Whose turn has come in a user's line (oldest first) of which `at_once` may run.

    A user's first message at a time goes on the high lane, further ones on the low lane, so
    that whoever asks for much never stands before somebody who asks for one thing.
    """
    running = sum(place.dispatched for place in line)
    busy: set[str] = set()
    for place in line:
        if not place.dispatched and place.project_id not in busy and running < at_once:
            yield Turn(place.message_id, Lane.LOW if running else Lane.HIGH)
            running += 1
        busy.add(place.project_id)


def waiting(line: Sequence[Place]) -> dict[str, Waiting]:
    """Why each waiting message of a user's line (oldest first) waits, by its id."""
    reasons: dict[str, Waiting] = {}
    of_project: dict[str, int] = {}
    for place in line:
        before = of_project.get(place.project_id, 0)
        if not place.dispatched and before:
            reasons[place.message_id] = Waiting(reason="project_busy", ahead=before)
        elif not place.dispatched:
            ahead = max(1, len(reasons))
            reasons[place.message_id] = Waiting(reason="user_busy", ahead=ahead)
        of_project[place.project_id] = before + 1
    return reasons
