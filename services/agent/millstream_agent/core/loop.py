"""The agent loop: ask, carry out the tool calls, show the results, until the summary comes.

Each reply, and the results of its tool calls, are steps of the journal: a successor goes through
the finished iterations without asking, running or saying anything again. What else the loop does
follows from those alone, so its questions are the same.
"""

from dataclasses import dataclass, field
from typing import Literal

from millstream_agent.core.calling import Caller
from millstream_agent.core.conversation import (
    ChatMessage,
    ToolCall,
    assistant,
    readable,
    tool_result,
    user,
)
from millstream_agent.core.elision import elided
from millstream_agent.core.estimate import tokens_in
from millstream_agent.core.file_stream import WRITING
from millstream_agent.core.ports import Journal, ModelCall, ModelReply
from millstream_agent.core.repeats import GO_ON, Repeats
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


LAST_TURN = (
    "Continue: this is your last turn. Make a change that is still needed now, or end with "
    "<task_summary>...</task_summary>."
)
ENOUGH = "Continue: your last calls changed nothing. End with <task_summary>...</task_summary> now."
IDLE_TURNS = 3
"""Turns in a row that only repeat what was done before, after which no tools are given any more."""
KEPT_REPLIES = 2
"""Whose contents stay when others are left out."""


@dataclass(frozen=True)
class CallsAnswered:
    """A reply's tool calls, carried out: a result each, and what they did to the tree."""

    outputs: list[str]
    changed: dict[str, str]
    deleted: list[str]
    idle: bool = False
    """Whether all of them only repeated what was done before."""


@dataclass
class AgentLoop:
    """One code or fix step. `messages` grows; it ends with a summary or at its last iteration.

    `most_tokens`: from where on old contents are left out of the conversation and repeated calls
    are not carried out again; None for neither.
    """

    role: Literal[Role.CODE, Role.FIX]
    caller: Caller
    journal: Journal
    toolbox: Toolbox
    messages: list[ChatMessage]
    max_iterations: int
    round: int | None = None
    most_tokens: int | None = None
    repeats: Repeats = field(default_factory=Repeats)
    summary: str | None = field(default=None, init=False)
    _idle: int = field(default=0, init=False)

    async def work(self) -> str | None:
        """Iterates; returns the summary, or None when the iterations ran out before it came."""
        for iteration in range(1, self.max_iterations + 1):
            if self.most_tokens:
                self._prepare(iteration, self.most_tokens)
            asked_to_end = self._idle >= IDLE_TURNS
            await self._iterate(iteration)
            if self.summary is not None or asked_to_end:
                break
        return self.summary

    def _prepare(self, iteration: int, most_tokens: int) -> None:
        """Leaves out what the conversation has outgrown; says when it is time to end."""
        if tokens_in(self.messages) > most_tokens:
            shorter = elided(self.messages, KEPT_REPLIES)
            if shorter is not None:
                self.messages[:] = shorter
                self.repeats.forget()
        if self._idle >= IDLE_TURNS:
            self._tell(ENOUGH)
        elif iteration == self.max_iterations > 1:
            self._tell(LAST_TURN)

    def _tell(self, words: str) -> None:
        """Says something to the model, in place of what it would have been told just before."""
        if self.messages[-1] in (user(NUDGE), user(CUT_OFF)):
            self.messages.pop()
        self.messages.append(user(words))

    async def _iterate(self, iteration: int) -> None:
        name = "-".join(str(part) for part in (self.role, self.round, iteration) if part)
        opening = StepStarted(name=self.role.value, iteration=iteration, round=self.round)
        allowed = self._idle < IDLE_TURNS
        call = ModelCall(self.role, tuple(self.messages), tuple(declarations()), allowed)
        reply = await self.caller.ask(name, call, opening)
        self.messages.append(assistant(reply.text, [readable(call) for call in reply.calls]))
        if reply.shortened:
            self.repeats.forget()
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
        self._idle = self._idle + 1 if done.idle else 0
        for call, output in zip(reply.calls, done.outputs, strict=True):
            self.messages.append(tool_result(call.id, output))
            self.repeats.note(call, before, self.toolbox.tree)

    async def _carry_out(self, reply: ModelReply, before: FileTree) -> CallsAnswered:
        answers = [await self._answer(call) for call in reply.calls]
        files, touched = self.toolbox.tree.files, self.toolbox.tree.changes_from(before)
        return CallsAnswered(
            outputs=[output for output, _ in answers],
            changed={path: files[path] for path in touched if path in files},
            deleted=[path for path in touched if path not in files],
            idle=all(idle for _, idle in answers),
        )

    async def _answer(self, call: ToolCall) -> tuple[str, bool]:
        """The call's result, and whether the call was idle."""
        before = self.toolbox.tree
        if self.most_tokens is None:
            return await self.toolbox.carry_out(call), False
        if reason := self.repeats.found(call, before):
            return await self.toolbox.decline(call, reason), True
        output = await self.toolbox.carry_out(call)
        if call.name == WRITING and output.startswith("Wrote") and self.toolbox.tree == before:
            return f"{output} They already had exactly this text. {GO_ON}", True
        return output, False
