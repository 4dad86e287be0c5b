"""What a provider's error means, as one of our error types."""

import math
import re
from email.utils import parsedate_to_datetime
from typing import Final

import openai

from millstream_agent.core.failures import ModelFailed
from millstream_agent.core.gateway.health import LONG_REST
from millstream_shared.contracts.enums import ErrorType

LONGEST_WISH: Final = 3600.0
"""Seconds that a provider may ask to be left alone."""
BY_STATUS: Final = {
    401: ErrorType.AUTHENTICATION,
    402: ErrorType.AUTHENTICATION,
    403: ErrorType.AUTHENTICATION,
    404: ErrorType.UNKNOWN_MODEL,
    408: ErrorType.OVERLOADED,
    409: ErrorType.OVERLOADED,
    413: ErrorType.CONTEXT_TOO_LONG,
    425: ErrorType.OVERLOADED,
    429: ErrorType.RATE_LIMITED,
}
# Providers agree on codes only here and there; these words are what their messages have in common.
TOO_LONG: Final = re.compile(
    r"context_length_exceeded|context[ _](length|window)|maximum context|prompt is too long"
    r"|too many (input )?tokens",
    re.IGNORECASE,
)
FILTERED: Final = re.compile(
    r"content_(policy_violation|filter)|content (management )?policy|safety system", re.IGNORECASE
)


def failure_of(error: openai.APIError) -> ModelFailed:
    """The SDK's error as ours; the provider's words are not for users and stay in the log."""
    if isinstance(error, openai.APITimeoutError):
        return ModelFailed(ErrorType.SLOW_FIRST_TOKEN, "the provider did not answer in time")
    if isinstance(error, openai.APIConnectionError):
        return ModelFailed(ErrorType.UNREACHABLE, str(error))
    if not isinstance(error, openai.APIStatusError):
        return ModelFailed(ErrorType.GAVE_UP, "the provider reported an error")
    detail = f"the provider answered {error.status_code}"
    return ModelFailed(_type_of(error), detail, retry_after=_rest(error))


def failure_in_band(problem: object) -> ModelFailed:
    """An `error` object in the middle of a stream, as ours; its words are not for users."""
    words = str(problem)[:2_000]
    code = problem.get("code") if isinstance(problem, dict) else None
    if TOO_LONG.search(words):
        error_type = ErrorType.CONTEXT_TOO_LONG
    elif FILTERED.search(words):
        error_type = ErrorType.CONTENT_FILTER
    elif str(code) in {"429", "rate_limit_exceeded"}:
        error_type = ErrorType.RATE_LIMITED
    else:
        error_type = ErrorType.GAVE_UP
    return ModelFailed(error_type, "the provider reported an error in mid-stream")


def _type_of(error: openai.APIStatusError) -> ErrorType:
    words = f"{error.code} {error.message}"
    if error.status_code in {400, 413, 422} and TOO_LONG.search(words):
        return ErrorType.CONTEXT_TOO_LONG
    if error.status_code in {400, 403} and FILTERED.search(words):
        return ErrorType.CONTENT_FILTER
    usual = ErrorType.OVERLOADED if error.status_code >= 500 else ErrorType.BAD_REQUEST
    return BY_STATUS.get(error.status_code, usual)


def _rest(error: openai.APIStatusError) -> float | None:
    """Seconds that the provider wants to be left alone."""
    if error.code == "insufficient_quota":  # a 429 that no wait of seconds will cure
        return LONG_REST
    headers = error.response.headers
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            wish = float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
        return min(max(0.0, wish), LONGEST_WISH) if math.isfinite(wish) else None
    return _until(headers.get("retry-after"), headers.get("date"))


def _until(moment: str | None, now: str | None) -> float | None:
    """`Retry-After` may be a date; it is compared with the provider's own clock."""
    if not moment or not now:
        return None
    try:
        wish = (parsedate_to_datetime(moment) - parsedate_to_datetime(now)).total_seconds()
        return min(max(0.0, wish), LONGEST_WISH)
    except (TypeError, ValueError):
        return None
