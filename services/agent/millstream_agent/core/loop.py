"""The agent loop: ask, carry out the tool calls, show the results, until the summary comes."""

from dataclasses import dataclass, field
from typing import Literal

from millstream_agent.core.calling import Caller
from millstream_agent.core.conversation import ChatMessage, assistant, tool_result, user
from millstream_agent.core.listening import Listener
from millstream_agent.core.ports import ModelCall, ModelReply, Voice
from millstream_agent.core.summary import find_summary
from millstream_agent.core.toolbox import Toolbox
from millstream_agent.core.tools import declarations
from millstream_shared.contracts.enums import Role
from millstream_shared.contracts.runs import StepStarted

NUDGE = (
    "Continue: use the tools to do what is left, or, if everything is done, "
    "end with <task_summary>...</task_summary>."
)
CUT_OFF = "Continue: your answer was cut off by its length limit. Go on in smaller steps."


@dataclass
class AgentLoop:
    """One code or fix step. `messages` grows; it ends with a summary or at its last iteration."""

    role: Literal[Role.CODE, Role.FIX]
    caller: Caller
    voice: Voice
    toolbox: Toolbox
    messages: list[ChatMessage]
    max_iterations: int
    round: int | None = None
    summary: str | None = field(default=None, init=False)

    async def work(self) -> str | None:
        """Iterates; returns the summary, or None when the iterations ran out before it came."""
        for iteration in range(1, self.max_iterations + 1):
            await self._iterate(iteration)
            if self.summary is not None:
                break
        return self.summary

    async def _iterate(self, iteration: int) -> None:
        await self.voice.say(
            StepStarted(name=self.role.value, iteration=iteration, round=self.round)
        )
        call = ModelCall(self.role, tuple(self.messages), tuple(declarations()))
        reply, listener = await self.caller.ask(call, self._part(iteration))
        self.messages.append(assistant(reply.text, reply.calls))
        await self._answer_calls(reply, listener)
        if not reply.calls:
            self.summary = find_summary(reply.text)
        if not reply.calls and self.summary is None:
            self.messages.append(user(CUT_OFF if reply.finish_reason == "length" else NUDGE))

    async def _answer_calls(self, reply: ModelReply, listener: Listener) -> None:
        """Every call gets a result, so that no call is left without one in the next question."""
        for call in reply.calls:
            output = await self.toolbox.carry_out(call, listener.streamed(call.id))
            self.messages.append(tool_result(call.id, output))

    def _part(self, iteration: int) -> str:
        return "-".join(str(name) for name in (self.role, self.round, iteration) if name)
