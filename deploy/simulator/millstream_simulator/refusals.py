"""Faults that refuse the request: an error is the whole answer."""

from collections.abc import Callable, Mapping

from millstream_simulator.catalogue import Fault
from millstream_simulator.errors import (
    Refusal,
    content_refused,
    context_too_long,
    rate_limited,
    server_error,
    unavailable,
    wrong_key,
)
from millstream_simulator.faults import SMALL_CONTEXT

# From the prompt's tokens and the seconds to wait.
REFUSALS: Mapping[Fault, Callable[[int, int], Refusal]] = {
    Fault.RATE_LIMIT: lambda _, wait: rate_limited(wait),
    Fault.SERVER_ERROR: lambda _, __: server_error(),
    Fault.FLAPPING: lambda _, __: server_error(),
    Fault.UNAVAILABLE: lambda _, wait: unavailable(wait),
    Fault.UNAUTHORIZED: lambda _, __: wrong_key(),
    Fault.CONTENT_REFUSED: lambda _, __: content_refused(),
    Fault.CONTEXT_TOO_LONG: lambda tokens, _: context_too_long(tokens, SMALL_CONTEXT),
}


def refusal_of(fault: Fault | None, prompt_tokens: int, retry_after: int) -> Refusal | None:
    """The Refusal that a fault stands for, if it is one of those; `retry_after` in seconds."""
    refuse = REFUSALS.get(fault) if fault else None
    return refuse(prompt_tokens, retry_after) if refuse else None
