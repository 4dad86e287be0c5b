"""Reading `MILLSTREAM_PROVIDERS`: which endpoints there are, and which role asks whom.

[providers.main]
preset = "openai"                          # or base_url; the key from OPENAI_API_KEY, or api_key
[providers.main.models."gpt-5-mini"]
input_price = 0.25                         # US dollars for a million tokens
output_price = 2.0
[providers.local]
preset = "ollama"
[providers.local.models."qwen3-coder"]
[routes]
default = ["main/gpt-5-mini", "local/qwen3-coder"]      # in order
title = [["local/qwen3-coder", "main/gpt-5-mini"]]      # equals, balanced
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, NamedTuple, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    SecretStr,
    model_validator,
)

from millstream_agent.core.gateway.offers import Catalogue, Offer, Price, Provider, Route
from millstream_shared.contracts.enums import Role

DEFAULT: Final = "default"


class Preset(NamedTuple):
    """Where a well-known endpoint is, and which variable customarily holds its key."""

    base_url: str
    api_key_env: str | None


PRESETS: Final[Mapping[str, Preset]] = {
    "openai": Preset("https://api.openai.com/v1", "OPENAI_API_KEY"),
    "vercel": Preset("https://ai-gateway.vercel.sh/v1", "AI_GATEWAY_API_KEY"),
    "openrouter": Preset("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    "litellm": Preset("http://127.0.0.1:4000/v1", "LITELLM_API_KEY"),
    "vllm": Preset("http://127.0.0.1:8000/v1", None),
    "ollama": Preset("http://127.0.0.1:11434/v1", None),
}
NO_KEY: Final = "none"
"""The SDK insists on a key; local servers want none."""

Weight = Annotated[float, Field(gt=0, le=1_000)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Entry(BaseModel):
    """A table of the configuration; a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ModelEntry(Entry):
    """A model; prices in US dollars for a million tokens. Cached input costs as much by default."""

    weight: Weight | None = None
    input_price: NonNegative = 0.0
    cached_input_price: NonNegative | None = None
    output_price: NonNegative = 0.0
    max_in_flight: PositiveInt | None = None
    context_window: PositiveInt | None = None
    max_output_tokens: PositiveInt | None = None


class ProviderEntry(Entry):
    """An endpoint and its models. What is not given comes from the preset."""

    preset: Literal["openai", "vercel", "openrouter", "litellm", "vllm", "ollama"] | None = None
    base_url: Annotated[str, Field(pattern=r"^https?://")] | None = None
    api_key: SecretStr | None = None
    api_key_env: str | None = None
    weight: Weight = 1.0
    max_in_flight: PositiveInt | None = None
    """For each of its models that has no own limit."""
    models: dict[str, ModelEntry] = Field(min_length=1)

    @model_validator(mode="after")
    def _has_an_address(self) -> Self:
        if self.preset is None and self.base_url is None:
            raise ValueError(f"give a base_url, or a preset: {', '.join(PRESETS)}")
        return self

    @property
    def key_variable(self) -> str | None:
        """The environment variable that holds the key, when the key is not given itself."""
        preset = PRESETS[self.preset] if self.preset else None
        return self.api_key_env or (preset.api_key_env if preset else None)

    def provider(self, name: str, environment: Mapping[str, str]) -> Provider:
        """The endpoint; raises ValueError when its key is missing."""
        base_url = self.base_url or PRESETS[self.preset or "openai"].base_url
        return Provider(name, base_url, self._key(name, environment))

    def _key(self, name: str, environment: Mapping[str, str]) -> str:
        if self.api_key:
            return self.api_key.get_secret_value()
        variable = self.key_variable
        if variable is None:
            return NO_KEY
        if key := environment.get(variable):
            return key
        raise ValueError(f"provider {name!r} has no key: set {variable}, or give it an api_key")

    def offer(self, name: str, model: str) -> Offer:
        entry = self.models[model]
        cached = entry.cached_input_price
        return Offer(
            provider=name,
            model=model,
            weight=entry.weight or self.weight,
            price=Price(
                entry.input_price,
                entry.input_price if cached is None else cached,
                entry.output_price,
            ),
            max_in_flight=entry.max_in_flight or self.max_in_flight,
            context_window=entry.context_window,
            max_output_tokens=entry.max_output_tokens,
        )


RouteKey = Role | Literal["default"]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Configuration(Entry):
    """All of it."""

    providers: dict[Name, ProviderEntry] = Field(min_length=1)
    routes: dict[RouteKey, list[str | list[str]]] = {}

    def key_variables(self) -> set[str]:
        """Environment variables that hold keys of the providers."""
        entries = self.providers.values()
        return {name for entry in entries if not entry.api_key and (name := entry.key_variable)}

    def catalogue(self, environment: Mapping[str, str]) -> Catalogue:
        """What can be asked; raises ValueError, naming what is wrong and never a secret."""
        return Catalogue(
            providers={
                name: entry.provider(name, environment) for name, entry in self.providers.items()
            },
            routes={role: self._route(role) for role in Role},
        )

    def _route(self, role: Role) -> Route:
        tiers = self.routes.get(role) or self.routes.get(DEFAULT)
        if tiers is None:
            return (tuple(self._all_offers()),)
        route = tuple(
            tuple(self._offer(role, name) for name in ([tier] if isinstance(tier, str) else tier))
            for tier in tiers
        )
        if not route or not all(route):
            raise ValueError(f"the route of {role} names nobody")
        return route

    def _all_offers(self) -> list[Offer]:
        return [
            entry.offer(name, model)
            for name, entry in self.providers.items()
            for model in entry.models
        ]

    def _offer(self, role: Role, name: str) -> Offer:
        provider, _, model = name.partition("/")
        entry = self.providers.get(provider)
        if entry is None or model not in entry.models:
            known = ", ".join(sorted(offer.name for offer in self._all_offers()))
            raise ValueError(f"the route of {role} names {name!r}; there are: {known}")
        return entry.offer(provider, model)
