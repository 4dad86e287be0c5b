"""What the core needs from the world. Adapters implement these; tests bring their own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from millstream_agent.core.conversation import ChatMessage, ToolCall
from millstream_shared.contracts.checks import CheckFinished, CommandFinished, ValidationFinished
from millstream_shared.contracts.enums import Framework, Role
from millstream_shared.contracts.facts import RunFact
from millstream_shared.contracts.frameworks import FrameworkCard
from millstream_shared.contracts.generation import GenerationContext
from millstream_shared.contracts.runs import ViewerEvent

if TYPE_CHECKING:  # it is kept in terms of these ports
    from millstream_agent.core.gateway.ledger import Ledger

Result = TypeVar("Result")
Work = Callable[[], Awaitable[Result]]


@dataclass(frozen=True)
class ModelCall:
    """One question to a model."""

    role: Role
    messages: Sequence[ChatMessage]
    tools: Sequence[dict[str, Any]] = ()
    tools_allowed: bool = True
    """False: tools are shown, as the conversation has calls of them, but none may be called."""
    name: str = ""
    """The step that asks; the ledger's name for the call."""


@dataclass
class ModelReply:
    """A reply while it grows; complete only once `finish_reason` is set.

    Tokens and cost are those of all attempts that the reply took, of which this is `number`.
    """

    model: str = ""
    provider: str = ""
    number: int = 1
    text: str = ""
    calls: list[ToolCall] = field(default_factory=list)
    finish_reason: str | None = None
    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = True
    cost: float = 0.0
    attempts: int = 1
    cached: bool = False
    """Whether it is an answer given before."""
    shortened: bool = False
    """Whether the question was too long, and parts of it were left out."""
    first_content: float | None = None
    """Seconds from asking to the first content."""
    seconds: float | None = None


class Model(Protocol):
    """The model gateway."""

    def open(self, call: ModelCall) -> AbstractAsyncContextManager[AsyncIterator[ModelReply]]:
        """Streams one reply: the same object again and again as it grows, whole at the end.

        When its `number` changes, another attempt takes the place of one that broke off, and what
        was heard of that one is void. Leaving the context closes the provider's connection.
        Raises ModelFailed when no attempt gave a whole reply, RunEnded when none may be made.
        """
        ...


class Models(Protocol):
    """The model gateway, for one run after another."""

    def for_run(self, context: GenerationContext, ledger: "Ledger") -> Model:
        """The model of a run, which notes in `ledger` what it asks."""
        ...


class Journal(Protocol):
    """What is done for good: finished steps are found here by who takes the run over."""

    async def step(
        self, name: str, kind: type[Result], work: Work[Result], mark: int | None = None
    ) -> Result:
        """The result of the step `name`: from the journal, else from `work`, which is journalled.

        Everything that viewers are told has to be told inside a step's work; so a successor says
        nothing twice. A successor that goes on after this step takes back what was said after
        `mark`, by default after the step's own end; steps that run at the same time need it.
        Raises HandedOver instead of beginning a step when this process is about to stop.
        """
        ...


class Voice(Protocol):
    """The run's one writer: everything that viewers and the store learn goes through it."""

    @property
    def seq(self) -> int:
        """Sequence of the last entry written."""
        ...

    async def say(self, event: ViewerEvent) -> None:
        """Writes an event, after all text that was handed in before."""
        ...

    async def record(self, fact: RunFact) -> None:
        """Writes a fact for the store."""
        ...

    def text(self, part: str, text: str) -> None:
        """Hands in streamed text; it is written soon, in larger pieces."""
        ...

    def file_text(self, path: str, call_id: str, text: str) -> None:
        """Hands in more of a file's streamed content."""
        ...

    async def rewind(self, to_seq: int) -> None:
        """Takes back, in the eyes of viewers, all that was said after `to_seq`."""
        ...


OnCheck = Callable[[CheckFinished], Awaitable[None]]


class Workshop(Protocol):
    """The validator service, which holds the sandbox."""

    async def offered(self) -> frozenset[Framework]: ...

    async def card(self, framework: Framework) -> FrameworkCard | None: ...

    async def validate(
        self, step: str, framework: Framework, files: dict[str, str], on_check: OnCheck
    ) -> ValidationFinished:
        """All checks over `files` (path -> text); `on_check` hears of each as it ends."""
        ...

    async def run(
        self, step: str, framework: Framework, files: dict[str, str], command: str
    ) -> tuple[CommandFinished, dict[str, str]]:
        """Runs a shell command; also gives the changed files as path -> text."""
        ...
