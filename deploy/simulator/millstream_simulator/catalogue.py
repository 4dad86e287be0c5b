"""The models on offer: a speed, and perhaps a fault, both spelled in the model's name.

`sim-fast`, `sim-fast:cut-text`, `sim-fast:429:once`, `sim-typical:500:first=2`; `sim-429` is short
for `sim-fast:429`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

CACHED_SAVES = 0.9
"""A cached token is charged at a tenth; published times (1.1 s, 2.4 s) come to an eighth."""


class Speed(BaseModel):
    """How a model spends its time: a pause, then reading the prompt, then writing the answer.

    `first_token` is the pause in seconds; `prefill_per_second` are prompt tokens, `per_second`
    answer tokens (0 = no limit); `jitter` is a share of the gap between two tokens.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_token: float = Field(ge=0, allow_inf_nan=False)
    per_second: float = Field(ge=0, allow_inf_nan=False)
    prefill_per_second: float = Field(default=0, ge=0, allow_inf_nan=False)
    jitter: float = Field(default=0.2, ge=0, le=1)

    def prefill_seconds(self, prompt_tokens: int, cached_tokens: int) -> float:
        """How long reading takes; a token that was read before takes a tenth of the time."""
        if not self.prefill_per_second:
            return 0.0
        return (prompt_tokens - CACHED_SAVES * cached_tokens) / self.prefill_per_second


# `sim-typical` follows the times to first token that Anthropic published with its prompt cache
# (August 2024): 1.6 s for 10,000 tokens and 11.5 s for 100,000, that is 0.5 s and 9,100 tokens/s.
# 80 tokens/s is a usual pace of hosted models. The other speeds read for nothing.
SPEEDS: Mapping[str, Speed] = {
    "sim-instant": Speed(first_token=0, per_second=0),
    "sim-fast": Speed(first_token=0.02, per_second=2000),
    "sim-typical": Speed(first_token=0.5, per_second=80, prefill_per_second=9_000),
    "sim-slow": Speed(first_token=2, per_second=15),
}
SPEED_OF_ALIASES = "sim-fast"


class Fault(StrEnum):
    """The ways in which an endpoint is known to fail."""

    RESET = "reset"
    GARBAGE = "garbage"
    SLOW_HEADERS = "slow-headers"
    RATE_LIMIT = "429"
    SERVER_ERROR = "500"
    UNAVAILABLE = "unavailable"
    FLAPPING = "flapping"
    UNAUTHORIZED = "unauthorized"
    CONTENT_REFUSED = "content-refused"
    CONTEXT_TOO_LONG = "context-too-long"
    STALL_BEFORE = "stall-before"
    STALL_AFTER = "stall-after"
    CUT_TEXT = "cut-text"
    CUT_TOOL = "cut-tool"
    TRUNCATED_ARGUMENTS = "truncated-arguments"
    TRUNCATED_LENGTH = "truncated-length"
    INVALID_JSON = "invalid-json"
    NO_FINISH = "no-finish"
    IN_BAND_ERROR = "in-band-error"
    FINISH_ERROR = "finish-error"
    CONTENT_FILTER = "content-filter"
    LOST_USAGE = "lost-usage"
    DUPLICATE_INDEX = "duplicate-index"
    KEEP_ALIVE = "keep-alive"
    EMPTY = "empty"
    HUGE = "huge"
    WRONG_TOOL = "wrong-tool"
    REPETITION = "repetition"


@dataclass(frozen=True)
class Model:
    """A model as asked for; `first` limits the fault to so many requests of a conversation."""

    name: str
    speed: Speed
    fault: Fault | None = None
    first: int | None = None


NAME = re.compile(r"(?P<base>[^:]+)(?::(?P<fault>[^:]+))?")
LIMITED = re.compile(r"(?P<name>.+):(?:once|first=(?P<first>[1-9]\d{0,5}))")


def find_model(name: str, speeds: Mapping[str, Speed]) -> Model | None:
    """The model of this name, or None if there is none."""
    limited = LIMITED.fullmatch(name)
    parts = NAME.fullmatch(limited["name"] if limited else name)
    if parts is None:
        return None
    base, fault = parts["base"], parts["fault"]
    if fault is None and base not in speeds:
        base, fault = SPEED_OF_ALIASES, base.removeprefix("sim-")
    if base not in speeds or fault not in (None, *Fault) or (limited and not fault):
        return None
    first = int(limited["first"] or 1) if limited else None
    return Model(name, speeds[base], Fault(fault) if fault else None, first)


def list_models(speeds: Mapping[str, Speed]) -> list[str]:
    """The names worth listing: every speed, and every fault by its alias."""
    return [*speeds, *(f"sim-{fault}" for fault in Fault)]
