"""What supervisord reports, line by line, as events.

Its log is the one place that tells how a child died (its remote interface forgets the exit
status of a child that died young), and unlike polling it misses nothing.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Spawned:
    """Signals that a program has a new process."""

    name: str
    pid: int


@dataclass(frozen=True)
class Exited:
    """Signals that a program ended unasked; `how` is like "exit status 3"."""

    name: str
    how: str


@dataclass(frozen=True)
class GaveUp:
    """Signals that a program died young too often and is not restarted any more."""

    name: str


@dataclass(frozen=True)
class Killed:
    """Signals that a program did not stop in time and was killed."""

    name: str


Event = Spawned | Exited | GaveUp | Killed

_SPAWNED = re.compile(r"INFO spawned: '(?P<name>[\w-]+)' with pid (?P<pid>\d+)$")
_EXITED = re.compile(r"(?:INFO|WARN) exited: (?P<name>[\w-]+) \((?P<how>.+); (?:not )?expected\)$")
_GAVE_UP = re.compile(r"INFO gave up: (?P<name>[\w-]+) ")
_KILLED = re.compile(r"WARN killing '(?P<name>[\w-]+)' \(\d+\) with SIGKILL$")


def read(line: str) -> Event | None:
    """The event a line of supervisord's log stands for, if any."""
    line = line.rstrip()
    if match := _SPAWNED.search(line):
        return Spawned(match["name"], int(match["pid"]))
    if match := _EXITED.search(line):
        return Exited(match["name"], match["how"])
    if match := _GAVE_UP.search(line):
        return GaveUp(match["name"])
    if match := _KILLED.search(line):
        return Killed(match["name"])
    return None
