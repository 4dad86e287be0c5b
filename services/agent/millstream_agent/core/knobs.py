"""The seed's tuning knobs, as two whole sets; each knob can also be set alone.

Temperatures, penalties, iterations and context lengths are the seed document's: `OPTIMIZED` is its
"after", `BASELINE` its rollback plan (temperatures 0.2 up, no penalties, 15 iterations, context 5).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from millstream_shared.contracts.enums import Role


@dataclass(frozen=True)
class Sampling:
    """How a role samples; None leaves a parameter to the provider."""

    temperature: float | None = None
    frequency_penalty: float | None = None


@dataclass(frozen=True)
class Knobs:
    """`max_iterations` model calls a code step; `context_messages` earlier messages are shown."""

    max_iterations: int
    context_messages: int
    parallel_checks: bool
    sampling: Mapping[Role, Sampling]
    fix_rounds: int = 2


OPTIMIZED = Knobs(
    max_iterations=8,
    context_messages=3,
    parallel_checks=True,
    sampling={
        Role.SELECTOR: Sampling(0.3),
        Role.CODE: Sampling(0.7, 0.5),
        Role.FIX: Sampling(0.5, 0.5),
        Role.TITLE: Sampling(0.3),
        Role.RESPONSE: Sampling(0.3),
    },
)

BASELINE = Knobs(
    max_iterations=15,
    context_messages=5,
    parallel_checks=False,
    sampling={
        Role.SELECTOR: Sampling(0.5),
        Role.CODE: Sampling(0.9),
        Role.FIX: Sampling(0.7),
        Role.TITLE: Sampling(0.5),
        Role.RESPONSE: Sampling(0.5),
    },
)


@dataclass(frozen=True)
class Overrides:
    """Knobs set alone; None keeps the profile's value."""

    max_iterations: int | None = None
    context_messages: int | None = None
    parallel_checks: bool | None = None
    fix_rounds: int | None = None
    temperature: Mapping[Role, float] = field(default_factory=dict)
    frequency_penalty: Mapping[Role, float] = field(default_factory=dict)


def turned(knobs: Knobs, overrides: Overrides) -> Knobs:
    """`knobs` with every override applied."""
    single = {
        name: value
        for name in ("max_iterations", "context_messages", "parallel_checks", "fix_rounds")
        if (value := getattr(overrides, name)) is not None
    }
    sampling = {
        role: Sampling(
            overrides.temperature.get(role, base.temperature),
            overrides.frequency_penalty.get(role, base.frequency_penalty),
        )
        for role, base in knobs.sampling.items()
    }
    return replace(knobs, sampling=sampling, **single)
