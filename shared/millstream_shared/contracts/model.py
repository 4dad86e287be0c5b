"""The base of every message: frozen, camelCase on the wire, open to additions."""

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, PlainSerializer
from pydantic.alias_generators import to_camel


class Contract(BaseModel):
    """A frozen message. Unknown fields are ignored, so that contracts can grow by addition."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True
    )

    def encode(self) -> bytes:
        """The message as UTF-8 JSON with camelCase keys; fields that are None are left out."""
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The message in `data`; raises pydantic.ValidationError when it does not fit."""
        return cls.model_validate_json(data)


def utc_text(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a Z, as JavaScript's `toJSON` writes it."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Instant = Annotated[datetime, PlainSerializer(utc_text, when_used="json")]
"""A moment in time, written as `2026-01-31T12:00:00.000Z`."""
