"""Why a run ends without a result. The code is stable; the message is for the person waiting."""

from millstream_shared.contracts.enums import ErrorType
from millstream_shared.runtime.errors import Permanent, Transient


class HandedOver(Transient):
    """This process is about to stop; another agent goes on after the last finished step."""


class RunEnded(Permanent):
    """The run cannot go on, and says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class ModelFailed(Transient):
    """An attempt at a call came to nothing. `retry_after` is the provider's wish in seconds."""

    def __init__(
        self, error_type: ErrorType, detail: str, *, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{error_type}: {detail}")
        self.error_type = error_type
        self.detail = detail
        self.retry_after = retry_after


class ModelRefused(RunEnded):
    """The provider will never take this call: a wrong key, an unknown model, a bad request."""
