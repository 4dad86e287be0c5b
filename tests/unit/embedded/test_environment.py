"""Each child knows what it needs and nothing else."""

import json
from pathlib import Path

import pytest

from millstream_embedded import environment
from millstream_embedded.credentials import Credentials
from millstream_embedded.environment import provider_configured, service_environment
from millstream_embedded.options import Options, StackError
from millstream_embedded.ports import Ports

OPTIONS = Options(data=Path("/data"))
PORTS = Ports(8080, 8081, 3, 4, 5, 6, 7, 8, 9)
CREDENTIALS = Credentials(nats="nats-secret", postgres="pg-secret", preview="preview-secret")
CALLER = {
    "PATH": "/bin",
    "HOME": "/home/ann",
    "AWS_SECRET_ACCESS_KEY": "aws-secret",
    "OPENAI_API_KEY": "it's; a %(secret)s",
    "AI_GATEWAY_API_KEY": "gateway-secret",
    "MILLSTREAM_PROFILE": "baseline",
    "MILLSTREAM_AGENT_MODEL": "mine",
    "MILLSTREAM_GATEWAY_PORT": "1",
    "HTTPS_PROXY": "http://proxy",
    "https_proxy": "http://proxy",
    "npm_config_cache": "/cache",
}
KEYS = {CALLER[name] for name in ("OPENAI_API_KEY", "AI_GATEWAY_API_KEY")}


def of(service: str, caller: dict[str, str] = CALLER) -> dict[str, str]:
    return dict(service_environment(service, caller, OPTIONS, PORTS, CREDENTIALS))


@pytest.mark.parametrize("service", [*environment.SERVICES, "simulator"])
def test_secrets_reach_only_those_who_use_them(service: str) -> None:
    """Provider keys: agent. Database: store. Preview secret: gateway. The caller's rest: nobody."""
    values = " ".join(of(service).values())
    assert all(key in values for key in KEYS) == (service == "agent")
    assert any(key in values for key in KEYS) == (service == "agent")
    assert ("pg-secret" in values) == (service == "store")
    assert ("preview-secret" in values) == (service == "gateway")
    assert ("nats-secret" in values) == (service != "simulator")
    assert "aws-secret" not in values


def test_a_services_settings_are_its_own_and_the_profile_is_everybodys() -> None:
    """MILLSTREAM_AGENT_* goes to the agent; wiring wins over what the caller says."""
    assert of("agent")["MILLSTREAM_AGENT_MODEL"] == "mine"
    assert "MILLSTREAM_AGENT_MODEL" not in of("gateway")
    assert of("gateway")["MILLSTREAM_GATEWAY_PORT"] == "8080"
    assert all(of(name)["MILLSTREAM_PROFILE"] == "baseline" for name in environment.SERVICES)


def test_the_validator_can_reach_npm() -> None:
    """Behind a proxy its libraries still install; others have no use for npm's settings."""
    assert {"HTTPS_PROXY", "https_proxy", "npm_config_cache"} <= of("validator").keys()
    assert "npm_config_cache" not in of("store")


def test_several_providers_bring_their_keys_and_no_others() -> None:
    """The keys that the configuration names go to the agent, and to nobody else."""
    providers = {
        "one": {"preset": "openrouter", "models": {"m": {}}},
        "two": {"base_url": "http://x/v1", "api_key_env": "MY_KEY", "models": {"m": {}}},
    }
    caller = {
        "MILLSTREAM_PROVIDERS": json.dumps({"providers": providers}),
        "OPENROUTER_API_KEY": "router-secret",
        "MY_KEY": "my-secret",
        "OPENAI_API_KEY": "openai-secret",
    }
    assert provider_configured(caller)
    agent = of("agent", caller)
    assert {"router-secret", "my-secret"} <= set(agent.values())
    assert "openai-secret" not in agent.values()
    for service in ("gateway", "store", "validator"):
        assert not {"MILLSTREAM_PROVIDERS", "MY_KEY"} & of(service, caller).keys()


def test_wrong_providers_are_said_before_anything_starts() -> None:
    """Not in the agent's log a minute later."""
    with pytest.raises(StackError, match="base_url, or a preset"):
        of("agent", {"MILLSTREAM_PROVIDERS": '{"providers": {"p": {"models": {"m": {}}}}}'})


def test_without_a_provider_the_agent_talks_to_the_simulator() -> None:
    """An empty variable is no provider, and a proxy must not stand before loopback."""
    caller = {"OPENAI_API_KEY": "", "HTTPS_PROXY": "http://proxy"}
    assert not provider_configured(caller)
    agent = of("agent", caller)
    assert agent["OPENAI_BASE_URL"] == "http://127.0.0.1:9/v1"
    assert agent["OPENAI_API_KEY"] == of("simulator", caller)["MILLSTREAM_SIMULATOR_API_KEY"]
    assert agent["MILLSTREAM_AGENT_MODEL"] == "sim-typical"
    assert "HTTPS_PROXY" not in agent
    caller["MILLSTREAM_AGENT_MODEL"] = "sim-fast"
    assert of("agent", caller)["MILLSTREAM_AGENT_MODEL"] == "sim-fast"
