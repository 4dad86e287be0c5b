"""One run as its viewer sees it: each model call's tokens and times, and how it all ended."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from millstream_embedded.client import Event, Gateway

LOOPS = ("code", "fix")
"""The steps in which the model iterates; the others are single, small calls."""
FIRST_SIGNS = ("text.delta", "file.started")


@dataclass(frozen=True)
class Call:
    """A model call. Times in seconds, None where there are none.

    `first_content` is the agent's own; `seen` and `written` are the viewer's, of iterations only.
    """

    role: str
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    first_content: float | None = None
    seen: float | None = None
    """From the step's event to the first of the answer."""
    written: float | None = None
    """From the first of the answer to its end."""

    @property
    def iterates(self) -> bool:
        return self.role in LOOPS


@dataclass(frozen=True)
class Run:
    """A message's run; `seconds` from sending it to its last event."""

    scenario: str
    calls: tuple[Call, ...]
    seconds: float
    good: bool


@dataclass
class Listener:
    """Puts calls together from events."""

    clock: Callable[[], float] = time.monotonic
    calls: list[Call] = field(default_factory=list)
    _asked: float | None = None
    _seen: float | None = None

    def hear(self, event: Event) -> None:
        if event.name == "step":
            self._asked, self._seen = self.clock(), None
        elif event.name in FIRST_SIGNS and self._seen is None:
            self._seen = self.clock()
        elif event.name == "usage":
            self.calls.append(self._call(event))
            self._asked = self._seen = None

    def _call(self, event: Event) -> Call:
        told = event.data
        seen = written = None
        if told["role"] in LOOPS and self._asked is not None and self._seen is not None:
            seen, written = self._seen - self._asked, self.clock() - self._seen
        return Call(
            role=told["role"],
            input_tokens=told["inputTokens"],
            cached_tokens=told.get("cachedInputTokens", 0),
            output_tokens=told["outputTokens"],
            first_content=told.get("firstContent"),
            seen=seen,
            written=written,
        )


async def listen_to(gateway: Gateway, project_id: str, scenario: str, prompt: str) -> Run:
    """Send a message and follow its run to the end."""
    listener = Listener()
    begin = time.monotonic()
    accepted = await gateway.send(project_id, prompt)
    async for event in gateway.events(accepted["streamUrl"]):
        listener.hear(event)
    seconds = time.monotonic() - begin
    stored = await gateway.message(accepted["message"]["id"])
    return Run(scenario, tuple(listener.calls), seconds, stored["type"] == "RESULT")
