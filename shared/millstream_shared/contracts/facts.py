"""Facts for the store: the run log's `status` entries. All are published by the run's agent.

`event_id` is unique per fact and stable when a fact is sent again, so the store applies it once.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from millstream_shared.contracts.checks import CheckFinished
from millstream_shared.contracts.enums import (
    AttemptOutcome,
    ErrorType,
    Framework,
    MessageType,
    Role,
)
from millstream_shared.contracts.model import Contract, Instant


class Fact(Contract):
    event_id: str
    message_id: str
    attempt: int


class RunStarted(Fact):
    """Signals that an agent took the message up: PENDING -> STREAMING."""

    type: Literal["run.started"] = "run.started"


class FrameworkSelected(Fact):
    """Signals the framework of a project that had none."""

    type: Literal["framework.selected"] = "framework.selected"
    framework: Framework


class ContentGrew(Fact):
    """Signals more text: the content is now its first `offset` characters plus `text`."""

    type: Literal["content.grew"] = "content.grew"
    offset: int
    text: str


class ModelAttempted(Fact):
    """Signals that one question to one provider ended, however it ended: the ledger's line.

    A call is asked once, but it may take several attempts, some at the same time. Here `attempt` is
    the run's; `number` counts those of the call from 1. Times in seconds, cost in US dollars.
    """

    type: Literal["model.attempted"] = "model.attempted"
    call: str
    """The step that asked, for example `code-1`."""
    number: int
    role: Role
    provider: str
    model: str
    outcome: AttemptOutcome
    error_type: ErrorType | None = None
    hedge: bool = False
    """Asked beside a slow one, before that had said anything."""
    asked_at: Instant
    first_content: float | None = None
    """From asking to the first content of the answer; None when there was none."""
    seconds: float
    input_tokens: int = 0
    cached_input_tokens: int = 0
    """The part of the input that the provider had computed before."""
    output_tokens: int = 0
    estimated: bool = False
    """True when the provider sent no usage and the tokens are our own count."""
    cost: float = 0.0
    finish_reason: str | None = None


class ModelUsage(Contract):
    """Tokens of a whole run: `calls` are answers, `attempts` what it took to get them.

    Tokens and cost (in US dollars) include those of attempts that came to nothing.
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False
    attempts: int = 0
    cached_calls: int = 0
    """Answers from the response cache; they cost nothing."""
    cached_input_tokens: int = 0
    cost: float = 0.0


class FragmentDraft(Contract):
    """A result to be stored. Files and built output name blobs: path -> sha256 (hex)."""

    fragment_id: str
    title: str
    framework: Framework
    files: dict[str, str]
    preview: dict[str, str] = {}


class RunFinished(Fact):
    """Signals the end of a run: STREAMING -> COMPLETE.

    `reason` is a stable code (`cancelled`, `checks_failed`, ...) when `outcome` is ERROR, whose
    credit is refunded. A fragment may come with an ERROR too: what was made is kept.
    """

    type: Literal["run.finished"] = "run.finished"
    outcome: Literal[MessageType.RESULT, MessageType.ERROR]
    content: str
    reason: str | None = None
    fragment: FragmentDraft | None = None
    checks: tuple[CheckFinished, ...] = ()
    usage: ModelUsage = ModelUsage()


RunFact = Annotated[
    RunStarted | FrameworkSelected | ContentGrew | ModelAttempted | RunFinished,
    Field(discriminator="type"),
]

RUN_FACT: TypeAdapter[RunFact] = TypeAdapter(RunFact)
