"""Settings that every service has. Built only in a composition root; every field is a variable."""

from enum import StrEnum
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Profile(StrEnum):
    """`optimized` is the seed's tuned set of values; `baseline` is its rollback, as a whole."""

    OPTIMIZED = "optimized"
    BASELINE = "baseline"


class CommonSettings(BaseSettings):
    """Variables without a service's name in them: MILLSTREAM_NATS_URL and so on."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="MILLSTREAM_", extra="ignore")

    nats_url: SecretStr = Field(
        default=SecretStr("nats://127.0.0.1:4222"),
        description="Broker's address; user and password go in the URL",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level of log lines"
    )
    log_format: Literal["json", "text"] = Field(
        default="json", description="Log lines for machines or for people"
    )
    ack_wait: float = Field(
        default=15.0,
        ge=1,
        description="Seconds without a sign of life after which work in hand goes to another "
        "replica; the same for all services",
    )
    profile: Profile = Field(
        default=Profile.OPTIMIZED, description="`optimized`, or `baseline` for the whole rollback"
    )


class ServiceSettings(BaseSettings):
    """A service's own variables; subclasses set the prefix MILLSTREAM_<SERVICE>_."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=0, ge=0, le=65535, description="Port of health and metrics")
    graceful_timeout: float = Field(
        default=20.0, gt=0, description="Seconds to finish work in hand after SIGTERM"
    )
