"""The seed's `PATCH /api/messages/update`: its request, and its answers byte for byte."""

from typing import Annotated, Any, Final

import orjson
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from millstream_gateway.core import strict_json
from millstream_shared.contracts.enums import MessageStatus
from millstream_shared.contracts.views import MessageRow

UNAUTHORIZED: Final = (401, b'{"error":"Unauthorized"}')
INVALID_JSON: Final = (400, b'{"error":"Invalid JSON body"}')
INVALID_BODY: Final = (400, b'{"error":"Invalid request body"}')
FORBIDDEN: Final = (403, b'{"error":"Forbidden"}')
FAILED: Final = (500, b'{"error":"Failed to update message"}')

FIELDS: Final = (
    "id",
    "content",
    "role",
    "type",
    "status",
    "createdAt",
    "updatedAt",
    "projectId",
)


class InvalidBody(ValueError):
    """JSON, but not what the route asks for."""


class Update(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    messageId: Annotated[str, StringConstraints(min_length=1)]  # noqa: N815  # the wire's name
    content: str
    status: MessageStatus = MessageStatus.STREAMING


def parse(data: bytes) -> Update:
    """The update in a body; raises strict_json.NotAcceptable or InvalidBody."""
    value = strict_json.loads_like_javascript(data)
    if not strict_json.is_storable(value):
        raise InvalidBody("NUL or a lone surrogate in a string")
    try:
        return Update.model_validate(value)
    except ValidationError as error:
        raise InvalidBody("not an update") from error


def success(row: MessageRow) -> bytes:
    fields: dict[str, Any] = row.model_dump(mode="json", by_alias=True)
    message = {name: fields[name] for name in FIELDS}
    return orjson.dumps({"success": True, "message": message})
