"""The gateway's variables: MILLSTREAM_GATEWAY_HOST and so on."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from millstream_shared.runtime.settings import ServiceSettings


class GatewaySettings(ServiceSettings):
    model_config = SettingsConfigDict(frozen=True, env_prefix="MILLSTREAM_GATEWAY_", extra="ignore")

    port: int = Field(default=8080, ge=0, le=65535, description="Port of the API")
    preview_port: int = Field(
        default=8081, ge=0, le=65535, description="Port of the previews, an origin of their own"
    )
    public_preview_url: str | None = Field(
        default=None,
        description="Base of preview links, for instance `https://{fragment}.apps.example.com`; "
        "with `{fragment}` in the host name each app gets an origin of its own",
    )
    preview_secret: SecretStr | None = Field(
        default=None,
        description="Signs preview links; set the same on every replica. Random when unset",
    )
    preview_seconds: int = Field(
        default=3600, gt=0, description="Least lifetime of a preview link in an answer, in seconds"
    )
    max_body_bytes: int = Field(
        default=1_000_000, gt=0, description="Largest request body; more gets 413"
    )
    key_cache_seconds: float = Field(
        default=10.0, gt=0, description="How long a good API key is not asked about again"
    )
    introduction_seconds: float = Field(
        default=10.0, gt=0, description="Seconds a WebSocket without a key in its header may take"
    )
    keep_alive: float = Field(
        default=15.0, gt=0, description="Seconds of silence before a stream gets a comment"
    )
    viewer_bytes: int = Field(
        default=262_144,
        gt=0,
        description="Bytes of events kept for a slow viewer; older ones are in the log",
    )
    recent_bytes: int = Field(
        default=33_554_432,
        gt=0,
        description="Bytes of recent events kept for viewers who come back, of all runs together",
    )
    viewer_stall_seconds: float = Field(
        default=30.0,
        ge=1,
        description="Seconds after which a client that takes no data is cut; it may resume",
    )

    @property
    def preview_base(self) -> str:
        """Where browsers find the previews, without a slash at the end."""
        if self.public_preview_url:
            return self.public_preview_url.rstrip("/")
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104  # no bind
        return f"http://{host}:{self.preview_port}"
