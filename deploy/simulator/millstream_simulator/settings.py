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

    host: str = "127.0.0.1"
    port: int = Field(default=8090, ge=0, le=65535)
    api_key: SecretStr | None = Field(default=None, min_length=1)
    """Without a key every caller is accepted, which is allowed on loopback only."""
    seed: int = 0
    scenarios: Path = Path(__file__).parent / "scenarios"
    speeds: dict[str, Speed] = {}
    """More models, or other figures for the built-in ones: `{"sim-x": {"first_token": 1, ...}}`."""

    retry_after: PositiveInt = 1
    stall_after_tokens: PositiveInt = 20
    stall_limit: PositiveFloat = 120.0
    """How long a stalled answer is held before its connection is cut."""
    keep_alive_interval: PositiveFloat = 0.5

    @model_validator(mode="after")
    def _guarded_beyond_loopback(self) -> Self:
        if self.api_key is None and self.host not in LOOPBACK:
            raise ValueError("MILLSTREAM_SIMULATOR_API_KEY is required when not on loopback")
        return self
