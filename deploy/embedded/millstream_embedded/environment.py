"""What each child may know: its own settings, its own secrets and nothing else.

The validator runs code written by a model, so it never sees a provider key, the database or the
caller's whole environment; neither does anyone else who has no use for it.
"""

from collections.abc import Mapping
from pathlib import Path

from millstream_embedded.broker import nats_url
from millstream_embedded.credentials import Credentials
from millstream_embedded.options import Options, StackError
from millstream_embedded.ports import LOOPBACK, Ports
from millstream_embedded.postgres import database_url

Environment = Mapping[str, str]

SERVICES = ("store", "validator", "agent", "gateway")

# Marks every process of one data folder, so that a later start recognises what was left over.
MARKER = "MILLSTREAM_STACK"

BASE = (
    "PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_CACHE_HOME",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
)  # fmt: skip
SHARED = (
    "MILLSTREAM_PROFILE", "MILLSTREAM_LOG_LEVEL", "MILLSTREAM_LOG_FORMAT", "MILLSTREAM_ACK_WAIT",
)  # fmt: skip
PROVIDERS = "MILLSTREAM_PROVIDERS"
PROVIDER_SWITCHES = (
    PROVIDERS, "OPENAI_API_KEY", "OPENAI_BASE_URL", "AI_GATEWAY_API_KEY",
)  # fmt: skip
PROVIDER = (*PROVIDER_SWITCHES, "AI_GATEWAY_BASE_URL")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
NODE = ("NODE_EXTRA_CA_CERTS", *PROXIES)


def provider_configured(caller: Environment) -> bool:
    """Whether the caller named a model provider; an empty variable counts as unset."""
    return any(caller.get(name) for name in PROVIDER_SWITCHES)


def base(caller: Environment, credentials: Credentials) -> Environment:
    """What every child gets, broker and database included."""
    return {**_pick(caller, BASE), MARKER: credentials.stack}


def service_environment(
    service: str, caller: Environment, options: Options, ports: Ports, credentials: Credentials
) -> Environment:
    """The environment of one service. What wires the stack together wins over the caller's."""
    prefix = f"MILLSTREAM_{service.upper()}_"
    own = {name: value for name, value in caller.items() if name.startswith(prefix)}
    wiring = _wiring(service, options, ports, credentials)
    return {
        **base(caller, credentials),
        "MILLSTREAM_LOG_FORMAT": "text",
        **_pick(caller, SHARED),
        **_extras(service, caller, ports, credentials),
        **own,
        **{prefix + name: value for name, value in wiring.items()},
        **({"MILLSTREAM_NATS_URL": nats_url(ports, credentials)} if service in SERVICES else {}),
        # A log that shows a line only when its buffer is full is no help when starting fails.
        "PYTHONUNBUFFERED": "1",
    }


def _wiring(service: str, options: Options, ports: Ports, credentials: Credentials) -> Environment:
    return {
        "store": {
            "PORT": str(ports.store),
            "DATABASE_URL": database_url(ports, credentials),
            "DEV_KEY": credentials.api_key,
        },
        "validator": {
            "PORT": str(ports.validator),
            "WORK_DIR": str(options.folder.workspaces),
        },
        "agent": {"PORT": str(ports.agent)},
        "gateway": {
            "HOST": options.host,
            "PORT": str(ports.api),
            "PREVIEW_PORT": str(ports.preview),
            "PREVIEW_SECRET": credentials.preview,
        },
        "simulator": {
            "HOST": LOOPBACK,
            "PORT": str(ports.simulator),
            "API_KEY": credentials.simulator,
        },
    }[service]


def _extras(
    service: str, caller: Environment, ports: Ports, credentials: Credentials
) -> Environment:
    if service == "validator":
        npm = (name for name in caller if name.lower().startswith("npm_config_"))
        return _pick(caller, (*NODE, *npm))
    if service != "agent":
        return {}
    if caller.get(PROVIDERS):
        return {**_pick(caller, PROXIES), **several_providers(caller)}
    if provider_configured(caller):
        return _pick(caller, (*PROVIDER, *PROXIES))
    return {
        "OPENAI_BASE_URL": f"http://{LOOPBACK}:{ports.simulator}/v1",
        "OPENAI_API_KEY": credentials.simulator,
        "MILLSTREAM_AGENT_MODEL": "sim-typical",
    }


def several_providers(caller: Environment) -> Environment:
    """`MILLSTREAM_PROVIDERS`, a path made absolute, and the keys that it names, and no others.

    Raises StackError when it is not right.
    """
    from millstream_agent.adapters.gateway.providers import (  # noqa: PLC0415 - the agent's extra
        read_configuration,
    )

    source = caller[PROVIDERS].strip()
    try:
        configuration = read_configuration(source)
        configuration.catalogue(caller)
    except ValueError as error:
        raise StackError(str(error)) from error
    place = source if source.startswith("{") else str(Path(source).expanduser().absolute())
    keys = {name: caller[name] for name in configuration.key_variables()}
    return {PROVIDERS: place, **keys}


def _pick(caller: Environment, names: "tuple[str, ...]") -> Environment:
    # Proxy variables are customary in lower case too.
    wanted = {*names, *(name.lower() for name in names if name in PROXIES)}
    return {name: value for name, value in caller.items() if name in wanted and value}
