"""Where a journey's time goes, seen from outside: by the events a browser gets, as they arrive.

model        from each step's beginning to the usage event that ends its model call
validation   from the first check's start to the last verdict, for each validation
persistence  the POST that begins the message, and from the title to the stored fragment
the rest     everything else: queueing, tool calls, publishing, the way to the browser
"""

import time
from dataclasses import dataclass, field
from statistics import median

from millstream_embedded.client import Event, Gateway
from millstream_embedded.stack import Stack

PROMPT = "Build a kanban board with drag and drop"
PARTS = ("model", "validation", "persistence", "rest", "total")


BEGINS = {"check.started": "validation", "title": "persistence"}
ENDS = {"usage": "model", "check.finished": "validation", "fragment": "persistence"}


@dataclass
class Stopwatch:
    """Adds up the parts of one run, in seconds. What overlaps within a part counts once."""

    parts: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))
    _open: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))
    _last: float = 0.0

    def hear(self, event: Event, now: float) -> None:
        """Books the time since the last event, then opens or closes what this one says."""
        self._book(now)
        if event.name == "step" and event.data["name"] != "validate":
            self._open["model"] += 1
        if part := BEGINS.get(event.name):
            self._open[part] += 1
        if part := ENDS.get(event.name):
            self._open[part] -= 1

    def _book(self, now: float) -> None:
        for part, count in self._open.items():
            if count > 0 and self._last:
                self.parts[part] += now - self._last
        self._last = now


async def time_split(stack: Stack, runs: int) -> dict[str, float]:
    """The median of each part over `runs` runs, one after the other; the first one warms up."""
    async with Gateway.connect(stack.url, stack.api_key) as gateway:
        measured = [await _one_run(gateway) for _ in range(runs + 1)][1:]
    return {part: round(median(run[part] for run in measured), 3) for part in PARTS}


async def _one_run(gateway: Gateway) -> dict[str, float]:
    watch = Stopwatch()
    project = await gateway.create_project(None)
    begin = time.monotonic()
    accepted = await gateway.send(project["id"], PROMPT)
    watch.parts["persistence"] += time.monotonic() - begin
    async for event in gateway.events(accepted["streamUrl"]):
        watch.hear(event, time.monotonic())
    total = time.monotonic() - begin
    known = sum(watch.parts[part] for part in ("model", "validation", "persistence"))
    return {**watch.parts, "total": total, "rest": total - known}
