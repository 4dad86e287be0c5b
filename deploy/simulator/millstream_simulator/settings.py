"""What an operator or a test can choose; every field is an environment variable."""

from pathlib import Path
from typing import Self

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from millstream_simulator.catalogue import Speed

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class SimulatorSettings(BaseSettings):
    """Settings of the simulator; times in seconds, speeds in tokens per second."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="MILLSTREAM_SIMULATOR_")

    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=8090, ge=0, le=65535, description="Port to listen on")
    api_key: SecretStr | None = Field(
        default=None,
        min_length=1,
        description="Key that callers must have; without one everybody on loopback may ask",
    )
    seed: int = Field(default=0, description="Another seed gives other ids and chunks")
    scenarios: Path = Field(
        default=Path(__file__).parent / "scenarios", description="Folder of written answers"
    )
    speeds: dict[str, Speed] = Field(
        default={}, description='More models, as JSON: {"sim-x": {"first_token": 1, ...}}'
    )
    retry_after: PositiveInt = Field(default=1, description="Seconds a 429 or 503 asks to wait")
    stall_after_tokens: PositiveInt = Field(default=20, description="Where `stall-after` stalls")
    stall_limit: PositiveFloat = Field(
        default=120.0, description="Seconds a stalled answer is held before it is cut"
    )
    keep_alive_interval: PositiveFloat = Field(
        default=0.5, description="Seconds between the comments of `keep-alive`"
    )

    @model_validator(mode="after")
    def _guarded_beyond_loopback(self) -> Self:
        if self.api_key is None and self.host not in LOOPBACK:
            raise ValueError("MILLSTREAM_SIMULATOR_API_KEY is required when not on loopback")
        return self
