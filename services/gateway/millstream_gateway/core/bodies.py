"""What clients may send: request bodies, ids and cursors. Unknown fields are refused."""

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    TypeAdapter,
)
from pydantic.alias_generators import to_camel

from millstream_shared.contracts.enums import Framework

ID_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
"""Ids become parts of NATS subjects: no dot, wildcard or space may pass."""

CURSOR_PATTERN = r"^[\x21-\x7e]{1,512}$"
IDEMPOTENCY_KEY_PATTERN = r"^[\x21-\x7e]{1,255}$"
LAST_EVENT_ID_PATTERN = r"^[0-9]{0,18}$"

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Prompt = Annotated[str, StringConstraints(min_length=1, max_length=32_000)]


class Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class NewProject(Body):
    """A project; without a framework, the first prompt decides."""

    name: Name | None = Field(default=None, examples=["Team board"])
    framework: Framework | None = Field(default=None, examples=["REACT"])


class ProjectChange(Body):
    """What is to change; absent fields stay."""

    name: Name | None = Field(default=None, examples=["Team board"])
    framework: Framework | None = Field(default=None, examples=["VUE"])


class NewMessage(Body):
    """A prompt, 1 to 32,000 characters."""

    content: Prompt = Field(examples=["Build a kanban board with drag and drop"])
    framework: Framework | None = Field(default=None, examples=["REACT"])
    cache: StrictBool = Field(
        default=True, description="Whether answers that the models gave before may be used again"
    )


class Introduction(Body):
    """The first WebSocket message of a client that cannot send headers, as in a browser."""

    type: Literal["auth"]
    key: str


class CancelRun(Body):
    """Stops the run that the WebSocket shows."""

    type: Literal["cancel"]


ClientMessage = Annotated[Introduction | CancelRun, Field(discriminator="type")]

CLIENT_MESSAGE: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)
