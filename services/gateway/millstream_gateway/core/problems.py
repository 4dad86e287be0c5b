"""Problem details (RFC 9457): every error the API answers, in one table.

Codes are stable. The store's refusals carry codes of this table, so they need no translation.
"""

from collections.abc import Mapping
from math import ceil
from typing import Final, NamedTuple

import orjson

MEDIA_TYPE: Final = "application/problem+json"


TRY_AGAIN_LATER: Final = 1013
"""A close code that is registered for what HTTP calls 503."""


class Kind(NamedTuple):
    status: int
    title: str
    retry_after: float | None = None
    """Seconds to wait, unless a problem knows better; None where waiting does not help."""


PROBLEMS: Final[Mapping[str, Kind]] = {
    "invalid_json": Kind(400, "The body is not acceptable JSON"),
    "unauthorized": Kind(401, "A valid API key is needed"),
    "forbidden": Kind(403, "Not allowed"),
    "not_found": Kind(404, "Not found"),
    "method_not_allowed": Kind(405, "Method not allowed"),
    "conflict": Kind(409, "Conflict"),
    "already_complete": Kind(409, "The message is already complete"),
    "body_too_large": Kind(413, "The body is too large"),
    "unsupported_media_type": Kind(415, "The body must be JSON"),
    "invalid": Kind(422, "The request is not valid"),
    "credits_exhausted": Kind(429, "No credits left", retry_after=3600),
    "queue_full": Kind(429, "Too many messages are waiting", retry_after=5),
    "internal": Kind(500, "Something went wrong here"),
    "unavailable": Kind(503, "Not available for the moment", retry_after=2),
}


class Problem(Exception):
    """An error answer; `detail` is for people and must never repeat the request's content."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.retry_after = PROBLEMS[code].retry_after if retry_after is None else retry_after
        """Seconds."""
        self.extra_headers = headers or {}

    @property
    def status(self) -> int:
        return PROBLEMS[self.code].status

    @property
    def close_code(self) -> int:
        """What a WebSocket is closed with: 4000 and the status, or "try again later"."""
        return TRY_AGAIN_LATER if self.code == "unavailable" else 4000 + self.status

    @property
    def headers(self) -> dict[str, str]:
        headers = {"content-type": MEDIA_TYPE, **self.extra_headers}
        if self.status == 401:
            headers["www-authenticate"] = "Bearer"
        if self.retry_after is not None:
            headers["retry-after"] = str(max(1, ceil(self.retry_after)))
        return headers

    def body(self, request_id: str) -> bytes:
        """The problem document; its `instance` names the request in our logs."""
        return orjson.dumps(
            {
                "type": f"urn:millstream:problem:{self.code}",
                "title": PROBLEMS[self.code].title,
                "status": self.status,
                "detail": self.detail,
                "code": self.code,
                "instance": f"urn:millstream:request:{request_id}",
            }
        )
