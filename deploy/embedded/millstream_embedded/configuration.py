"""Every setting of every service, with its value and where that comes from."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings


@dataclass(frozen=True)
class Setting:
    """One environment variable. A secret's value is never shown."""

    name: str
    value: str
    origin: str
    description: str


def settings_classes() -> tuple[type[BaseSettings], ...]:
    """All settings models there are; imported late, each brings its service's libraries."""
    from millstream_agent.settings import AgentSettings, ModelSettings  # noqa: PLC0415 - see above
    from millstream_gateway.settings import GatewaySettings  # noqa: PLC0415 - see above
    from millstream_shared.runtime.settings import CommonSettings  # noqa: PLC0415 - see above
    from millstream_simulator.settings import SimulatorSettings  # noqa: PLC0415 - see above
    from millstream_store.settings import StoreSettings  # noqa: PLC0415 - see above
    from millstream_validator.settings import ValidatorSettings  # noqa: PLC0415 - see above

    return (
        CommonSettings,
        GatewaySettings,
        AgentSettings,
        ModelSettings,
        ValidatorSettings,
        StoreSettings,
        SimulatorSettings,
    )


def all_settings() -> Iterator[Setting]:
    """Every setting once, in the order of the services."""
    for kind in settings_classes():
        for name, field in kind.model_fields.items():
            yield _setting(kind, name, field)


def _setting(kind: type[BaseSettings], name: str, field: FieldInfo) -> Setting:
    variable = variable_of(kind, name, field)
    given = os.environ.get(variable)
    value = (
        field.get_default(call_default_factory=True, validated_data={}) if given is None else given
    )
    return Setting(
        variable,
        _shown(field, value),
        "default" if given is None else "environment",
        field.description or "",
    )


def variable_of(kind: type[BaseSettings], name: str, field: FieldInfo) -> str:
    """The environment variable behind a field."""
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return str(alias.choices[0])
    return f"{kind.model_config.get('env_prefix', '')}{name}".upper()


def _shown(field: FieldInfo, value: Any) -> str:
    if "Secret" in str(field.annotation):
        return "" if value is None else "(secret)"
    return "" if value is None or isinstance(value, SecretStr) else str(value)
