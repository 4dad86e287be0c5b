"""The agent's settings. `MILLSTREAM_PROFILE` turns all knobs at once; each can be set alone."""

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from millstream_shared.contracts.enums import Role
from millstream_shared.runtime.settings import ServiceSettings

AI_GATEWAY_URL = "https://ai-gateway.vercel.sh/v1"


class AgentSettings(ServiceSettings):
    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_prefix="MILLSTREAM_AGENT_", env_nested_delimiter="__"
    )

    slots: int = Field(default=8, ge=1, description="Runs that one process works on at once")
    run_seconds: float = Field(default=900, gt=0, description="Longest run, in seconds")
    max_attempts: int = Field(
        default=5,
        ge=1,
        description="Attempts in a row that may come to nothing before a message is given up",
    )
    check_seconds: float = Field(default=300, gt=0, description="Longest wait for a verdict")
    max_iterations: int | None = Field(
        default=None, ge=1, description="Model calls of a code step (8; baseline 15)"
    )
    context_messages: int | None = Field(
        default=None, ge=0, description="Earlier messages shown to the model (3; baseline 5)"
    )
    context_tokens: int | None = Field(
        default=None,
        ge=200,
        description="Tokens of history and files shown to the model (1200; baseline 2000)",
    )
    lean: bool | None = Field(
        default=None,
        description="Stop repeated tool calls, drop what a loop has outgrown (yes; baseline no)",
    )
    hedging: bool | None = Field(
        default=None,
        description="Race a provider that is slow to begin with another one (yes; baseline no)",
    )
    cached_roles: frozenset[Role] | None = Field(
        default=None,
        description="Roles whose answers are used again, as JSON "
        '(["selector","title","response"]; baseline [])',
    )
    parallel_checks: bool | None = Field(
        default=None, description="Lint and build at the same time (yes; baseline no)"
    )
    fix_rounds: int | None = Field(default=None, ge=0, description="Rounds of the error-fix agent")
    temperature: dict[Role, float] = Field(
        default={}, description="Temperature by role, as JSON or ..._TEMPERATURE__CODE=0.7"
    )
    frequency_penalty: dict[Role, float] = Field(
        default={}, description="Frequency penalty by role, as JSON or ..._FREQUENCY_PENALTY__CODE"
    )


class ModelSettings(BaseSettings):
    """The model providers: any OpenAI-compatible endpoints."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_prefix="MILLSTREAM_AGENT_",
        env_nested_delimiter="__",
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    providers: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("MILLSTREAM_PROVIDERS"),
        description="Providers, models, prices and routes: JSON, or the path of a .toml or .json "
        "file. Set, it is all that counts; the variables below are for a single endpoint",
    )
    openai_api_key: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("OPENAI_API_KEY"),
        description="Key of an OpenAI-compatible endpoint",
    )
    openai_base_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("OPENAI_BASE_URL"),
        description="Its base URL, with /v1",
    )
    ai_gateway_api_key: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("AI_GATEWAY_API_KEY"),
        description="Key of the Vercel AI Gateway",
    )
    ai_gateway_base_url: str = Field(
        default=AI_GATEWAY_URL,
        validation_alias=AliasChoices("AI_GATEWAY_BASE_URL"),
        description="Its base URL",
    )
    model: str = Field(default="gpt-5-mini", description="Model of every role without its own")
    role_models: dict[Role, str] = Field(
        default={}, description="Model by role, as JSON or ..._ROLE_MODELS__TITLE=name"
    )
    max_output_tokens: int = Field(default=16_000, ge=1, description="Longest answer, in tokens")
    first_token_seconds: float = Field(default=60, gt=0, description="Wait for the first token")
    idle_seconds: float = Field(default=30, gt=0, description="Longest pause within an answer")
    call_seconds: float = Field(default=300, gt=0, description="Longest answer, in seconds")
    hedge_share: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="Tokens that racing slow providers may cost, as a share of all others",
    )
    tokens_per_iteration: int = Field(
        default=200_000, ge=0, description="Tokens of one model call, all its attempts; 0: no limit"
    )
    tokens_per_run: int = Field(
        default=1_000_000, ge=0, description="Tokens of one run, failed attempts too; 0: no limit"
    )
    cache_seconds: float = Field(
        default=86_400, gt=0, le=86_400, description="How long an answer may be given again"
    )
