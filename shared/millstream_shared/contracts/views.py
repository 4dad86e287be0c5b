"""What the store shows of its rows: the JSON that HTTP clients see, in camelCase."""

from typing import Literal

from millstream_shared.contracts.checks import CheckFinished
from millstream_shared.contracts.enums import (
    AttemptOutcome,
    ErrorType,
    Framework,
    MessageRole,
    MessageStatus,
    MessageType,
    Plan,
    Role,
)
from millstream_shared.contracts.facts import ModelUsage
from millstream_shared.contracts.model import Contract, Instant


class ProjectView(Contract):
    id: str
    name: str
    framework: Framework | None = None
    created_at: Instant
    updated_at: Instant


class MessageRow(Contract):
    """The seed's Message: these eight fields, in this order, are what its PATCH answers."""

    id: str
    content: str
    role: MessageRole
    type: MessageType
    status: MessageStatus
    created_at: Instant
    updated_at: Instant
    project_id: str


class FragmentView(Contract):
    """A run's result. `files` is path -> text; `preview_url` is signed by the gateway."""

    id: str
    message_id: str
    title: str
    framework: Framework
    files: dict[str, str]
    has_preview: bool
    preview_url: str | None = None
    created_at: Instant


class Waiting(Contract):
    """Why a PENDING message is not yet with the agents: `ahead` messages have to end first."""

    reason: Literal["project_busy", "user_busy"]
    """An earlier message of the same project, or as many of this user's as may run at once."""
    ahead: int


class MessageView(MessageRow):
    """A message with all that belongs to it; `reason` is set when the type is ERROR."""

    reason: str | None = None
    waiting: Waiting | None = None
    """Set while the message is held back in its line; None once it is with the agents."""
    attempt: int = 0
    fragment: FragmentView | None = None
    checks: tuple[CheckFinished, ...] = ()
    usage: ModelUsage | None = None


class TransitionView(Contract):
    """One change of status; `previous` is None for the message's creation."""

    previous: MessageStatus | None = None
    status: MessageStatus
    message_type: MessageType
    attempt: int
    cause: str
    at: Instant


class AttemptView(Contract):
    """One question to a model provider, as the ledger has it. Seconds, and US dollars.

    `attempt` is the run's, `number` counts those of one `call`.
    """

    attempt: int
    call: str
    number: int
    role: Role
    provider: str
    model: str
    outcome: AttemptOutcome
    error_type: ErrorType | None = None
    hedge: bool
    asked_at: Instant
    first_content: float | None = None
    seconds: float
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    estimated: bool
    cost: float
    finish_reason: str | None = None


class TokenBudgetView(Contract):
    """Model tokens of the current day, which begins at midnight UTC. A `limit` of None is none."""

    limit: int | None = None
    used: int
    remaining: int | None = None
    resets_at: Instant


class UsageView(Contract):
    """Credits over the last 24 hours; `resets_at` is when the oldest one comes back."""

    plan: Plan
    limit: int
    used: int
    remaining: int
    resets_at: Instant | None = None
    tokens: ModelUsage
    token_budget: TokenBudgetView | None = None


class Principal(Contract):
    """Who is asking."""

    user_id: str
    name: str
    plan: Plan
