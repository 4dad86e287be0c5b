"""The seed's enumerations; names and values are stored in Postgres and must not change."""

from enum import StrEnum


class Framework(StrEnum):
    NEXTJS = "NEXTJS"
    ANGULAR = "ANGULAR"
    REACT = "REACT"
    VUE = "VUE"
    SVELTE = "SVELTE"


class MessageRole(StrEnum):
    USER = "USER"
    ASSISTANT = "ASSISTANT"


class MessageType(StrEnum):
    RESULT = "RESULT"
    ERROR = "ERROR"
    STREAMING = "STREAMING"


class MessageStatus(StrEnum):
    PENDING = "PENDING"
    STREAMING = "STREAMING"
    COMPLETE = "COMPLETE"


class Plan(StrEnum):
    FREE = "free"
    PRO = "pro"


class Role(StrEnum):
    """The parts a model plays in one run; each has its own prompt and parameters."""

    SELECTOR = "selector"
    CODE = "code"
    FIX = "fix"
    TITLE = "title"
    RESPONSE = "response"


class CheckKind(StrEnum):
    LINT = "lint"
    BUILD = "build"


class Lane(StrEnum):
    HIGH = "high"
    LOW = "low"


class AttemptOutcome(StrEnum):
    """How one question to a model provider ended."""

    COMPLETE = "complete"
    FAILED = "failed"
    CANCELLED = "cancelled"
    """We hung up: the run was cancelled, or another attempt was quicker."""
    CACHED = "cached"
    """Nobody was asked: the answer was known."""


class ErrorType(StrEnum):
    """Why an attempt failed, by who can mend it. A closed list: dashboards rely on it.

    caller_*    what was asked cannot be answered: the request itself has to change
    policy_*    a rule forbids it: the provider's, or a budget
    provider_*  the provider, or the way to it: another one, or the same one later, may answer
    model_*     the model went astray
    own_*       our side ended it
    """

    BAD_REQUEST = "caller_bad_request"
    CONTEXT_TOO_LONG = "caller_context_too_long"
    CONTENT_FILTER = "policy_content_filter"
    BUDGET = "policy_budget"
    UNREACHABLE = "provider_unreachable"
    AUTHENTICATION = "provider_authentication"
    UNKNOWN_MODEL = "provider_unknown_model"
    RATE_LIMITED = "provider_rate_limited"
    OVERLOADED = "provider_overloaded"
    SLOW_FIRST_TOKEN = "provider_slow_first_token"  # noqa: S105 - a model's token, no secret
    STALLED = "provider_stalled"
    TOO_SLOW = "provider_too_slow"
    CUT = "provider_cut"
    MALFORMED = "provider_malformed"
    TRUNCATED = "provider_truncated"
    GAVE_UP = "provider_gave_up"
    EMPTY = "provider_empty"
    TOO_LONG = "model_too_long"
    REPETITION = "model_repetition"
    CANCELLED = "own_cancelled"
    SUPERSEDED = "own_superseded"
    LOST = "own_lost"


class RunKind(StrEnum):
    """Who a run-log entry is for: viewers, the store, or the next agent."""

    DELTA = "delta"
    STATUS = "status"
    JOURNAL = "journal"
