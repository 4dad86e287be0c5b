"""The journal of a run, kept in its log: see `ports.Journal`."""

from collections.abc import Callable
from typing import Any

import structlog
from pydantic import TypeAdapter

from millstream_agent.adapters.past import Past
from millstream_agent.adapters.voice import RunVoice
from millstream_agent.core.ports import Result, Work

logger = structlog.get_logger()

Barrier = Callable[[], Exception | None]
"""Answers with the reason why no further step may begin, if there is one."""


class RunJournal:
    """Finished steps of `past` are answered from there; others are done, and noted."""

    def __init__(
        self, past: Past, voice: RunVoice, barrier: Barrier, clock: Callable[[], float]
    ) -> None:
        self._past = past
        self._voice = voice
        self._barrier = barrier
        self._clock = clock
        self._begun = clock()
        self._noting = True

    async def step(
        self, name: str, kind: type[Result], work: Work[Result], mark: int | None = None
    ) -> Result:
        form: TypeAdapter[Result] = TypeAdapter(kind)
        if known := self._past.steps.get(name):
            return form.validate_python(known.data)
        if reason := self._barrier():
            raise reason
        result = await work()
        await self._note(name, form.dump_python(result, mode="json"), mark)
        return result

    async def _note(self, name: str, data: Any, mark: int | None) -> None:
        """A later step must not be found where an earlier one is not: then none is noted."""
        if not self._noting:
            return
        worked = self._past.worked + self._clock() - self._begun
        self._noting = await self._voice.finish_step(name, data, mark, worked)
        if not self._noting:
            logger.warning("a step is too large for the broker's max_payload", step=name)
