"""Reading MILLSTREAM_PROVIDERS: everything at start, nothing wrong in silence, no secret shown."""

import json
from pathlib import Path
from typing import Any

import pytest

from millstream_agent.adapters.gateway.providers import catalogue_of, read_configuration
from millstream_agent.core.gateway.configuration import PRESETS
from millstream_agent.core.gateway.offers import Catalogue
from millstream_agent.settings import ModelSettings
from millstream_shared.contracts.enums import Role

SECRET = "sk-very-secret"
TOML = """
[providers.main]
preset = "openai"
weight = 3
[providers.main.models."gpt-5-mini"]
input_price = 0.25
cached_input_price = 0.025
output_price = 2.0
[providers.local]
preset = "ollama"
max_in_flight = 2
[providers.local.models."qwen3-coder:30b"]
[routes]
default = ["main/gpt-5-mini", "local/qwen3-coder:30b"]
title = [["local/qwen3-coder:30b", "main/gpt-5-mini"]]
"""


def catalogue(source: str, **environment: str) -> Catalogue:
    return read_configuration(source).catalogue(environment)


def single(**changes: Any) -> str:
    provider = {"base_url": "http://x/v1", "api_key": SECRET, "models": {"m": {}}, **changes}
    return json.dumps({"providers": {"p": provider}})


def test_a_file_in_toml_or_json(tmp_path: Path) -> None:
    """Both say the same; a role without a route of its own takes the default."""
    toml = tmp_path / "providers.toml"
    toml.write_text(TOML)
    read = catalogue(str(toml), OPENAI_API_KEY=SECRET)
    names = {
        role: [[offer.name for offer in tier] for tier in route]
        for role, route in read.routes.items()
    }
    assert names[Role.CODE] == [["main/gpt-5-mini"], ["local/qwen3-coder:30b"]]
    assert names[Role.TITLE] == [["local/qwen3-coder:30b", "main/gpt-5-mini"]]
    offer = read.routes[Role.CODE][0][0]
    assert (offer.weight, read.routes[Role.CODE][1][0].max_in_flight) == (3, 2)
    assert offer.price.of(1_000_000, 400_000, 100_000) == pytest.approx(0.15 + 0.01 + 0.2)


def test_keys_come_from_where_they_should() -> None:
    """Given, from the preset's variable, or from one that is named; a local server wants none."""
    assert catalogue(single()).providers["p"].api_key == SECRET
    named = single(api_key=None, api_key_env="MY_KEY")
    assert catalogue(named, MY_KEY="other").providers["p"].api_key == "other"
    with pytest.raises(ValueError, match="set OPENROUTER_API_KEY"):
        catalogue(single(preset="openrouter", api_key=None))
    assert catalogue(single(preset="vllm", api_key=None)).providers["p"].api_key


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_an_address(preset: str) -> None:
    """And no variable of the SDK's changes it."""
    source = single(preset=preset, base_url=None)
    assert catalogue(source).providers["p"].base_url == PRESETS[preset].base_url


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("{", "is no JSON"),
        ("/no/such/file.toml", "file.toml cannot be read"),
        ('[{"api_key": "sk-very-secret"}]', "no path that can be read"),
        ('api_key = "sk-very-secret"', "no path that can be read"),
        (single(weight="inf"), "weight"),
        ("{}", "providers: Field required"),
        ('{"providers": {}}', "at least 1"),
        (single(base_url=None), "base_url, or a preset"),
        (single(base_url="ftp://x"), "base_url"),
        (single(models={}), "models"),
        (single(modles={}), "modles"),
        (single(models={"m": {"input_price": -1}}), "input_price"),
        (json.dumps({**json.loads(single()), "routes": {"cod": ["p/m"]}}), "routes"),
        (json.dumps({**json.loads(single()), "routes": {"code": ["p/n"]}}), "there are: p/m"),
        (json.dumps({**json.loads(single()), "routes": {"code": [[]]}}), "names nobody"),
    ],
)
def test_what_is_wrong_is_said(source: str, complaint: str) -> None:
    """With its place, and without the key."""
    with pytest.raises(ValueError, match=complaint) as error:
        catalogue(source)
    assert SECRET not in str(error.value)


def test_secrets_do_not_show() -> None:
    """Neither in the settings nor in the catalogue."""
    settings = ModelSettings.model_validate({"MILLSTREAM_PROVIDERS": single()})
    assert SECRET not in repr(settings)
    assert SECRET not in repr(catalogue_of(settings, {}))
    assert SECRET not in repr(read_configuration(single()))


def test_one_endpoint_needs_no_configuration() -> None:
    """The variables that everybody knows; a model by role."""
    settings = ModelSettings.model_validate(
        {"OPENAI_API_KEY": SECRET, "model": "big", "role_models": {"title": "small"}}
    )
    read = catalogue_of(settings, {})
    assert read.routes[Role.CODE][0][0].name == "openai/big"
    assert read.routes[Role.TITLE][0][0].name == "openai/small"


def test_nothing_set_says_what_to_set() -> None:
    """At the start, not at the first message."""
    with pytest.raises(ValueError, match="OPENAI_API_KEY"):
        catalogue_of(ModelSettings.model_validate({"OPENAI_API_KEY": ""}), {})
