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


class RunKind(StrEnum):
    """Who a run-log entry is for: viewers, the store, or the next agent."""

    DELTA = "delta"
    STATUS = "status"
    JOURNAL = "journal"
