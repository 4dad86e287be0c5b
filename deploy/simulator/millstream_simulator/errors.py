"""Refusals in OpenAI's error form: `{"error": {"message", "type", "param", "code"}}`."""

from collections.abc import Mapping


class Refusal(Exception):
    """A request is answered with an error instead of a completion."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.body = error_body(message, kind=kind, param=param, code=code)


def error_body(
    message: str, *, kind: str, param: str | None = None, code: str | None = None
) -> dict[str, dict[str, str | None]]:
    """The error object as it stands in a response body or in a stream's event."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def wrong_key() -> Refusal:
    """401: the API key is missing or not ours."""
    return Refusal(401, "Incorrect API key provided.", code="invalid_api_key")


def unknown_model(name: str) -> Refusal:
    """404: no model of this name."""
    message = f"The model `{name[:100]}` does not exist or you do not have access to it."
    return Refusal(404, message, code="model_not_found")


def rate_limited(retry_after: int) -> Refusal:
    """429: come back after so many seconds."""
    message = f"Rate limit reached for requests. Please try again in {retry_after}s."
    headers = {"retry-after": str(retry_after)}
    return Refusal(429, message, kind="requests", code="rate_limit_exceeded", headers=headers)


def server_error() -> Refusal:
    """500: the provider broke."""
    message = "The server had an error while processing your request. Sorry about that!"
    return Refusal(500, message, kind="server_error")


def unavailable(retry_after: int) -> Refusal:
    """503: too much to do; come back after so many seconds."""
    message = "The engine is currently overloaded, please try again later."
    headers = {"retry-after": str(retry_after)}
    return Refusal(503, message, kind="service_unavailable", headers=headers)


def content_refused() -> Refusal:
    """400: the prompt is against the provider's rules."""
    message = "Your request was rejected as a result of our safety system."
    return Refusal(400, message, code="content_policy_violation")


def context_too_long(prompt_tokens: int, limit: int) -> Refusal:
    """400: the prompt is longer than the model can read."""
    message = (
        f"This model's maximum context length is {limit} tokens. However, your messages resulted "
        f"in {prompt_tokens} tokens. Please reduce the length of the messages."
    )
    return Refusal(400, message, param="messages", code="context_length_exceeded")
