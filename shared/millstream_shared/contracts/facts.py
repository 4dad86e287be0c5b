"""Facts for the store: the run log's `status` entries. All are published by the run's agent.

`event_id` is unique per fact and stable when a fact is sent again, so the store applies it once.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from millstream_shared.contracts.checks import CheckFinished
from millstream_shared.contracts.enums import Framework, MessageType
from millstream_shared.contracts.model import Contract


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


class ModelUsage(Contract):
    """Tokens of a whole run."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False


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
    RunStarted | FrameworkSelected | ContentGrew | RunFinished, Field(discriminator="type")
]

RUN_FACT: TypeAdapter[RunFact] = TypeAdapter(RunFact)
