"""What a viewer of a run sees: the events of the run log's `delta` entries.

An entry's payload is exactly the JSON that the browser gets, so a replay is byte-equal to what
was live. All are published by the agent that holds the run. `done` is always last, once.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from millstream_shared.contracts.checks import CheckFinished
from millstream_shared.contracts.enums import (
    CheckKind,
    Framework,
    MessageStatus,
    MessageType,
    Role,
)
from millstream_shared.contracts.model import Contract, Instant


class StatusChanged(Contract):
    """Signals that the message moved to another status."""

    type: Literal["status"] = "status"
    status: MessageStatus
    attempt: int
    message_type: MessageType | None = None


class FrameworkChosen(Contract):
    """Signals which framework the app is written in, and who decided it."""

    type: Literal["framework"] = "framework"
    framework: Framework
    source: Literal["project", "prompt", "model", "default"]


class StepStarted(Contract):
    """Signals that the run entered a step; `iteration` counts model calls of the step from 1."""

    type: Literal["step"] = "step"
    name: Literal["framework", "code", "validate", "fix", "title", "response"]
    iteration: int | None = None
    round: int | None = None


class TextDelta(Contract):
    """Signals more text of the assistant; texts of one `part` belong together."""

    type: Literal["text.delta"] = "text.delta"
    part: str
    text: str


class FileStarted(Contract):
    """Signals that the model began to write a file."""

    type: Literal["file.started"] = "file.started"
    path: str
    call_id: str


class FileDelta(Contract):
    """Signals more of a file's content, while the tool call's arguments still stream."""

    type: Literal["file.delta"] = "file.delta"
    path: str
    call_id: str
    text: str


class FileFinished(Contract):
    """Signals that a file was written (`applied`) or that what was streamed of it was dropped."""

    type: Literal["file.finished"] = "file.finished"
    path: str
    call_id: str
    applied: bool
    size: int | None = None
    sha256: str | None = None
    reason: str | None = None


class ToolStarted(Contract):
    """Signals that a tool runs; `input` is a short form of its arguments."""

    type: Literal["tool.started"] = "tool.started"
    call_id: str
    tool: str
    input: str


class ToolFinished(Contract):
    """Signals a tool's result; `output` is bounded, the model may have seen more."""

    type: Literal["tool.finished"] = "tool.finished"
    call_id: str
    tool: str
    ok: bool
    output: str


class CheckStarted(Contract):
    """Signals that a check of the app began; `step` names the validation it belongs to."""

    type: Literal["check.started"] = "check.started"
    kind: CheckKind
    step: str


class CheckDone(Contract):
    """Signals a check's verdict, with its findings."""

    type: Literal["check.finished"] = "check.finished"
    check: CheckFinished


class FixStarted(Contract):
    """Signals that the error-fix agent begins a round."""

    type: Literal["fix.started"] = "fix.started"
    round: int
    findings: int


class TitleWritten(Contract):
    type: Literal["title"] = "title"
    title: str


class UsageCounted(Contract):
    """Signals the tokens of one finished model call, those of its failed attempts included."""

    type: Literal["usage"] = "usage"
    role: Role
    model: str
    input_tokens: int
    output_tokens: int
    estimated: bool = False
    """True when the provider sent no usage and the numbers are our own count."""
    provider: str = ""
    attempts: int = 1
    cached: bool = False
    """True when the answer came from the response cache; it cost nothing."""
    cached_input_tokens: int = 0
    """The part of the input that the provider had computed before."""
    cost: float = 0.0
    """In US dollars, by the configured prices."""
    first_content: float | None = None
    """Seconds from asking to the first content of the answer."""
    seconds: float | None = None


class Rewound(Contract):
    """Signals that all events after `to_seq` belong to a dead attempt and must be dropped."""

    type: Literal["rewound"] = "rewound"
    to_seq: int
    attempt: int


class FragmentStored(Contract):
    """Signals that the result is in the store."""

    type: Literal["fragment"] = "fragment"
    fragment_id: str
    title: str
    framework: Framework
    files: tuple[str, ...]


class PreviewReady(Contract):
    """Signals that the built app can be opened; the gateway adds a signed `url`."""

    type: Literal["preview"] = "preview"
    fragment_id: str
    expires_at: Instant


class RunFailed(Contract):
    """Signals that the run ended without a good result, and what can be done about it."""

    type: Literal["error"] = "error"
    code: str
    message: str


class Done(Contract):
    """Signals the end of the run; nothing follows."""

    type: Literal["done"] = "done"
    status: Literal[MessageStatus.COMPLETE] = MessageStatus.COMPLETE
    message_type: MessageType


ViewerEvent = Annotated[
    StatusChanged
    | FrameworkChosen
    | StepStarted
    | TextDelta
    | FileStarted
    | FileDelta
    | FileFinished
    | ToolStarted
    | ToolFinished
    | CheckStarted
    | CheckDone
    | FixStarted
    | TitleWritten
    | UsageCounted
    | Rewound
    | FragmentStored
    | PreviewReady
    | RunFailed
    | Done,
    Field(discriminator="type"),
]

VIEWER_EVENT: TypeAdapter[ViewerEvent] = TypeAdapter(ViewerEvent)
