"""From settings to what can be asked: `MILLSTREAM_PROVIDERS`, else variables of one endpoint."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr, ValidationError

from millstream_agent.core.gateway.configuration import (
    Configuration,
    ModelEntry,
    ProviderEntry,
    RouteKey,
)
from millstream_agent.core.gateway.offers import Catalogue
from millstream_agent.settings import ModelSettings

NOTHING_SET: Final = (
    "no model provider is set: give OPENAI_API_KEY (and OPENAI_BASE_URL for a server other than "
    "OpenAI's), AI_GATEWAY_API_KEY, or MILLSTREAM_PROVIDERS for several; `millstream up` without "
    "any uses the simulator"
)


def catalogue_of(settings: ModelSettings, environment: Mapping[str, str]) -> Catalogue:
    """All there is to ask; raises ValueError that names what is wrong, and never a secret."""
    if settings.providers and settings.providers.get_secret_value().strip():
        return read_configuration(settings.providers.get_secret_value()).catalogue(environment)
    return _single(settings).catalogue(environment)


def read_configuration(source: str) -> Configuration:
    """`source` is JSON, or the path of a .toml or .json file."""
    try:
        return Configuration.model_validate(_read(source.strip()))
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}"
            for each in error.errors(include_url=False, include_input=False)
        )
        raise ValueError(f"MILLSTREAM_PROVIDERS: {problems}") from None


def _read(source: str) -> Any:
    if source.startswith("{"):
        return _json(source, "the value")
    path = Path(source).expanduser()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        # What is no path may hold keys.
        plain = re.fullmatch(r"[\w./~ -]{1,255}\.(?:toml|json)", source)
        what = f"{path} cannot be read" if plain else "the value is no path that can be read"
        raise ValueError(
            f"MILLSTREAM_PROVIDERS: {what} ({type(error).__name__}); give a JSON object, or the "
            "path of a .toml or .json file"
        ) from None
    if path.suffix != ".toml":
        return _json(text, str(path))
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"MILLSTREAM_PROVIDERS: {path} is no TOML: {error}") from None


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        # Not the text itself: it may hold a key.
        place = f"line {error.lineno}, column {error.colno}"
        raise ValueError(
            f"MILLSTREAM_PROVIDERS: {where} is no JSON: {error.msg} at {place}"
        ) from None


def _single(settings: ModelSettings) -> Configuration:
    """One endpoint with a model for each role; the AI Gateway wins where both are set."""
    name, base_url, key = _endpoint(settings)
    models = {settings.model, *settings.role_models.values()}
    routes: dict[RouteKey, list[str | list[str]]] = {"default": [f"{name}/{settings.model}"]}
    routes |= {role: [f"{name}/{model}"] for role, model in settings.role_models.items()}
    provider = ProviderEntry(
        preset="openai" if base_url is None else None,
        base_url=base_url,
        api_key=key,
        models={model: ModelEntry() for model in models},
    )
    return Configuration(providers={name: provider}, routes=routes)


def _endpoint(settings: ModelSettings) -> tuple[str, str | None, SecretStr]:
    if settings.ai_gateway_api_key and settings.ai_gateway_api_key.get_secret_value():
        return "ai-gateway", settings.ai_gateway_base_url, settings.ai_gateway_api_key
    if settings.openai_api_key and settings.openai_api_key.get_secret_value():
        return "openai", settings.openai_base_url or None, settings.openai_api_key
    if settings.openai_base_url:  # a local server that wants no key
        return "openai", settings.openai_base_url, SecretStr("none")
    raise ValueError(NOTHING_SET)
