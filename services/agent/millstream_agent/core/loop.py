"""The agent loop: ask, carry out the tool calls, show the results, until the summary comes.

Each reply, and the results of its tool calls, are steps of the journal: a successor goes through
the finished iterations without asking, running or saying anything again.
"""

from dataclasses import dataclass, field
from typing import Literal

from millstream_agent.core.calling import Caller
from millstream_agent.core.conversation import ChatMessage, assistant, tool_result, user
from millstream_agent.core.ports import Journal, ModelCall, ModelReply
from millstream_agent.core.summary import find_summary
from millstream_agent.core.toolbox import Toolbox
from millstream_agent.core.tools import declarations
from millstream_agent.core.tree import FileTree
from millstream_shared.contracts.enums import Role
from millstream_shared.contracts.runs import StepStarted

NUDGE = (
    "Continue: use the tools to do what is left, or, if everything is done, "
    "end with <task_summary>...</task_summary>."
)
CUT_OFF = "Continue: your answer was cut off by its length limit. Go on in smaller steps."


@dataclass(frozen=True)
class CallsAnswered:
    """A reply's tool calls, carried out: a result each, and what they did to the tree."""

    outputs: list[str]
    changed: dict[str, str]
    deleted: list[str]


@dataclass
class AgentLoop:
    """One code or fix step. `messages` grows; it ends with a summary or at its last iteration."""

    role: Literal[Role.CODE, Role.FIX]
    caller: Caller
    journal: Journal
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
        name = "-".join(str(part) for part in (self.role, self.round, iteration) if part)
        opening = StepStarted(name=self.role.value, iteration=iteration, round=self.round)
        call = ModelCall(self.role, tuple(self.messages), tuple(declarations()))
        reply = await self.caller.ask(name, call, opening)
        self.messages.append(assistant(reply.text, reply.calls))
        if reply.calls:
            await self._answer_calls(name, reply)
            return
        self.summary = find_summary(reply.text)
        if self.summary is None:
            self.messages.append(user(CUT_OFF if reply.finish_reason == "length" else NUDGE))

    async def _answer_calls(self, name: str, reply: ModelReply) -> None:
        """Every call gets a result, so that no call is left without one in the next question."""
        before = self.toolbox.tree
        done = await self.journal.step(
            f"{name}-tools", CallsAnswered, lambda: self._carry_out(reply, before)
        )
        self.toolbox.tree = before.patched(done.changed, done.deleted)
        for call, output in zip(reply.calls, done.outputs, strict=True):
            self.messages.append(tool_result(call.id, output))

    async def _carry_out(self, reply: ModelReply, before: FileTree) -> "CallsAnswered":
        outputs = [await self.toolbox.carry_out(call) for call in reply.calls]
        files, touched = self.toolbox.tree.files, self.toolbox.tree.changes_from(before)
        return CallsAnswered(
            outputs=outputs,
            changed={path: files[path] for path in touched if path in files},
            deleted=[path for path in touched if path not in files],
        )
