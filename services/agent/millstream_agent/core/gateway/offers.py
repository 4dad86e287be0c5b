"""What can be asked: models at providers, and in which order for which role."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from millstream_shared.contracts.enums import Role

PER_MILLION = 1_000_000


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens."""

    input: float = 0.0
    cached_input: float = 0.0
    output: float = 0.0

    def of(self, input_tokens: int, cached_input_tokens: int, output_tokens: int) -> float:
        """US dollars. `cached_input_tokens` are a part of `input_tokens`."""
        fresh = input_tokens - cached_input_tokens
        paid = fresh * self.input + cached_input_tokens * self.cached_input
        return (paid + output_tokens * self.output) / PER_MILLION


@dataclass(frozen=True)
class Offer:
    """One model at one provider.

    `weight` is its share among equals; `max_in_flight` counts the calls of all agents together.
    """

    provider: str
    model: str
    weight: float = 1.0
    price: Price = Price()
    max_in_flight: int | None = None
    context_window: int | None = None
    """Tokens of input and output together, if that is known."""
    max_output_tokens: int | None = None

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.model}"


Tier = tuple[Offer, ...]
"""Equals: calls are balanced among them."""
Route = tuple[Tier, ...]
"""Tiers in order: the next is asked when those before have nobody who can answer."""


@dataclass(frozen=True)
class Provider:
    """An OpenAI-compatible endpoint."""

    name: str
    base_url: str
    api_key: str = field(repr=False)


@dataclass(frozen=True)
class Catalogue:
    """All there is to ask."""

    providers: Mapping[str, Provider]
    routes: Mapping[Role, Route]
