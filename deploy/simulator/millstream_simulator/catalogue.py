"""The models on offer: a speed, and perhaps a fault, both spelled in the model's name.

`sim-fast`, `sim-fast:cut-text`, `sim-fast:429:once`, `sim-typical:500:first=2`; `sim-429` is short
for `sim-fast:429`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Speed(BaseModel):
    """Seconds to the first token, tokens per second (0 = no limit), jitter as a share of a gap."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_token: float = Field(ge=0, allow_inf_nan=False)
    per_second: float = Field(ge=0, allow_inf_nan=False)
    jitter: float = Field(default=0.2, ge=0, le=1)


SPEEDS: Mapping[str, Speed] = {
    "sim-instant": Speed(first_token=0, per_second=0),
    "sim-fast": Speed(first_token=0.02, per_second=2000),
    "sim-typical": Speed(first_token=0.6, per_second=80),
    "sim-slow": Speed(first_token=2, per_second=15),
}
SPEED_OF_ALIASES = "sim-fast"


class Fault(StrEnum):
    """The ways in which an endpoint is known to fail."""

    RATE_LIMIT = "429"
    SERVER_ERROR = "500"
    STALL_BEFORE = "stall-before"
    STALL_AFTER = "stall-after"
    CUT_TEXT = "cut-text"
    CUT_TOOL = "cut-tool"
    TRUNCATED_ARGUMENTS = "truncated-arguments"
    TRUNCATED_LENGTH = "truncated-length"
    INVALID_JSON = "invalid-json"
    NO_FINISH = "no-finish"
    IN_BAND_ERROR = "in-band-error"
    KEEP_ALIVE = "keep-alive"
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
