"""The validator's settings."""

from pathlib import Path

from platformdirs import user_cache_path
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from millstream_shared.runtime.settings import ServiceSettings


class ValidatorSettings(ServiceSettings):
    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_prefix="MILLSTREAM_VALIDATOR_"
    )

    slots: int = Field(default=4, ge=1, description="Sandboxed jobs that run at once")
    work_dir: Path = Field(
        default=Path(".millstream/workspaces"), description="Where workspaces are laid out"
    )
    cache_dir: Path = Field(
        default_factory=lambda: user_cache_path("millstream"),
        description="Where installed libraries are kept, shared by all data folders",
    )
    templates_dir: Path = Field(
        default=Path(__file__).parent / "templates", description="One folder per framework"
    )
    wall_seconds: float = Field(default=120, gt=0, description="Longest check or command")
    install_seconds: float = Field(default=900, gt=0, description="Longest install of libraries")
