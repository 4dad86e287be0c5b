"""The seed's tuning knobs, as two whole sets; each knob can also be set alone.

Temperatures, penalties, iterations and context lengths are the seed document's: `OPTIMIZED` is its
"after", `BASELINE` its rollback plan (temperatures 0.2 up, no penalties, 15 iterations, context 5).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from millstream_agent.settings import AgentSettings
from millstream_shared.contracts.enums import Role
from millstream_shared.runtime.settings import Profile

Value = TypeVar("Value")


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
    context_tokens: int
    """What history, file tree and files shown to the model may come to, the request aside."""
    parallel_checks: bool
    lean: bool
    """Whether repeated tool calls are stopped, and what a long loop has outgrown is left out."""
    hedging: bool
    """Whether a provider that is slow to begin is raced by another one."""
    cached_roles: frozenset[Role]
    """Roles whose answers are used again for the same question of the same user."""
    sampling: Mapping[Role, Sampling]
    fix_rounds: int = 2


OPTIMIZED = Knobs(
    max_iterations=8,
    context_messages=3,
    context_tokens=1200,
    parallel_checks=True,
    lean=True,
    hedging=True,
    cached_roles=frozenset({Role.SELECTOR, Role.TITLE, Role.RESPONSE}),
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
    context_tokens=2000,
    parallel_checks=False,
    lean=False,
    hedging=False,
    cached_roles=frozenset(),
    sampling={
        Role.SELECTOR: Sampling(0.5),
        Role.CODE: Sampling(0.9),
        Role.FIX: Sampling(0.7),
        Role.TITLE: Sampling(0.5),
        Role.RESPONSE: Sampling(0.5),
    },
)


PROFILES = {Profile.OPTIMIZED: OPTIMIZED, Profile.BASELINE: BASELINE}


def knobs_of(profile: Profile, settings: AgentSettings) -> Knobs:
    """The profile's knobs, with every one that is set alone."""
    base = PROFILES[profile]
    return Knobs(
        max_iterations=_first(settings.max_iterations, base.max_iterations),
        context_messages=_first(settings.context_messages, base.context_messages),
        context_tokens=_first(settings.context_tokens, base.context_tokens),
        parallel_checks=_first(settings.parallel_checks, base.parallel_checks),
        lean=_first(settings.lean, base.lean),
        hedging=_first(settings.hedging, base.hedging),
        cached_roles=_first(settings.cached_roles, base.cached_roles),
        fix_rounds=_first(settings.fix_rounds, base.fix_rounds),
        sampling={
            role: Sampling(
                settings.temperature.get(role, sampling.temperature),
                settings.frequency_penalty.get(role, sampling.frequency_penalty),
            )
            for role, sampling in base.sampling.items()
        },
    )


def _first(own: Value | None, base: Value) -> Value:
    return base if own is None else own
