"""Passing on a reply while it streams: its text, and the files inside its tool calls."""

from collections.abc import Callable
from dataclasses import dataclass, field

from millstream_agent.core.conversation import ToolCall
from millstream_agent.core.file_stream import WRITING, FileStream
from millstream_agent.core.ports import ModelReply, Voice
from millstream_agent.core.summary import VisibleText
from millstream_shared.contracts.runs import FileStarted

LOOK_SECONDS = 0.05
"""How often half-arrived arguments are read: each look parses them anew."""


@dataclass
class Listener:
    """Follows one reply. `part` names its text for viewers; `clock` counts seconds."""

    voice: Voice
    part: str
    clock: Callable[[], float]
    _visible: VisibleText = field(default_factory=VisibleText, init=False)
    _heard: int = field(default=0, init=False)
    _looked: float = field(default=float("-inf"), init=False)
    _files: dict[str, FileStream] = field(default_factory=dict, init=False)

    async def hear(self, reply: ModelReply) -> None:
        """Passes on what the reply has gained."""
        self._say(self._visible.feed(reply.text[self._heard :]))
        self._heard = len(reply.text)
        if reply.calls and self.clock() - self._looked >= LOOK_SECONDS:
            self._looked = self.clock()
            await self._look(reply.calls)

    async def end(self, reply: ModelReply) -> None:
        """Passes on the rest."""
        self._say(self._visible.end())
        await self._look(reply.calls)

    def _say(self, text: str) -> None:
        if text:
            self.voice.text(self.part, text)

    async def _look(self, calls: list[ToolCall]) -> None:
        for call in calls:
            if call.name == WRITING:
                await self._follow(call)

    async def _follow(self, call: ToolCall) -> None:
        stream = self._files.setdefault(call.id, FileStream())
        for growth in stream.advance(call.arguments):
            if growth.started:
                await self.voice.say(FileStarted(path=growth.path, call_id=call.id))
            self.voice.file_text(growth.path, call.id, growth.text)
