"""The store's settings."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from millstream_shared.runtime.settings import ServiceSettings


class StoreSettings(ServiceSettings):
    """Variables named MILLSTREAM_STORE_..."""

    model_config = SettingsConfigDict(
        frozen=True, env_prefix="MILLSTREAM_STORE_", extra="ignore", hide_input_in_errors=True
    )

    database_url: SecretStr = Field(
        default=SecretStr("postgresql://postgres@127.0.0.1:5432/millstream"),
        description="Postgres' address; user and password go in the URL",
    )
    pool_size: int = Field(default=10, ge=2, le=200, description="Most connections to Postgres")
    start_timeout: float = Field(
        default=30.0, gt=0, description="Seconds to wait for Postgres at start"
    )
    free_credits: int = Field(
        default=5, ge=0, description="Generations a user of the free plan has in 24 hours"
    )
    pro_credits: int = Field(
        default=100, ge=0, description="Generations a user of the pro plan has in 24 hours"
    )
    free_tokens_per_day: int = Field(
        default=2_000_000,
        ge=0,
        description="Model tokens a user of the free plan has on one UTC day; 0 is no limit",
    )
    pro_tokens_per_day: int = Field(
        default=20_000_000,
        ge=0,
        description="Model tokens a user of the pro plan has on one UTC day; 0 is no limit",
    )
    tokens_per_project: int = Field(
        default=0, ge=0, description="Model tokens a project may take in all; 0 is no limit"
    )
    free_runs_at_once: int = Field(
        default=2, ge=1, description="Messages a user of the free plan has with the agents at once"
    )
    pro_runs_at_once: int = Field(
        default=4, ge=1, description="Messages a user of the pro plan has with the agents at once"
    )
    waiting_per_user: int = Field(
        default=250, ge=1, description="Messages of a user that may wait in line; more are refused"
    )
    sweep_seconds: float = Field(
        default=5.0, gt=0, description="Seconds between two looks for messages that got lost"
    )
    dev_key: SecretStr | None = Field(
        default=None, description="An API key to create at start, for the user `dev`"
    )
