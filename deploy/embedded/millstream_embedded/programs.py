"""The table of programs: what runs, in starting order, and when each counts as ready."""

import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from millstream_embedded import environment, postgres, readiness
from millstream_embedded.broker import broker_command
from millstream_embedded.checkup import broker_ails
from millstream_embedded.credentials import Credentials
from millstream_embedded.options import Options
from millstream_embedded.ports import LOOPBACK, Ports
from millstream_embedded.readiness import Probe

# The same entry points as in production; -P keeps the working folder off the import path.
ENTRY = (sys.executable, "-P", "-m", "millstream_embedded.cli")


@dataclass(frozen=True)
class Program:
    """One child. `deadline` is how long it may take to become ready, `drain` to stop, in seconds.

    `death_signal` is what it gets when its parent dies without stopping it. `ails` returns, with
    the reason, once the running program needs a restart.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ready: Probe
    deadline: float = 60
    drain: int = 20
    stop_signal: str = "TERM"
    death_signal: str = "SIGKILL"
    hint: str = ""
    # What it must itself listen on to be ready; set where others may want the same port.
    port: int | None = None
    # A child that dies within ten seconds is retried after 1, 2, 3 ... seconds, so often.
    retries: int = 10
    ails: Callable[[], Awaitable[str]] | None = None


def programs(
    options: Options,
    ports: Ports,
    credentials: Credentials,
    caller: Mapping[str, str],
    entry: tuple[str, ...] = ENTRY,
) -> tuple[Program, ...]:
    """Everything the stack runs, first to start first; it stops in reverse.

    `caller` is the environment `millstream up` was started in. The simulator runs only if that
    names no provider. Raises StackError if the broker or the database cannot run here.
    """
    base = environment.base(caller, credentials)
    simulated = not environment.provider_configured(caller)
    health = f"http://{LOOPBACK}:{ports.broker_monitor}/healthz"
    broker = Program(
        name="broker",
        command=broker_command(options.folder, ports, credentials),
        environment=base,
        ready=readiness.http(health),
        ails=partial(broker_ails, health, options.folder.jetstream),
    )
    database = Program(
        name="database",
        command=postgres.database_command(options.folder, ports, credentials),
        environment=base,
        ready=readiness.answers(postgres.login_command(ports), postgres.login(credentials)),
        # Fast shutdown: open transactions are rolled back, a checkpoint is written.
        stop_signal="INT",
        # Immediate shutdown: no checkpoint, the next start replays the log.
        death_signal="SIGQUIT",
    )

    def service(name: str, port: int, *, deadline: float = 60, hint: str = "") -> Program:
        host = options.reachable_host if name == "gateway" else LOOPBACK
        return Program(
            name=name,
            command=(*entry, name),
            environment=environment.service_environment(name, caller, options, ports, credentials),
            ready=readiness.http(f"http://{host}:{port}/readyz"),
            deadline=deadline,
            # More than a service's own graceful_timeout, which ends with a drained connection.
            drain=30,
            hint=hint,
            port=port if name == "gateway" else None,
        )

    return (
        broker,
        database,
        *((service("simulator", ports.simulator),) if simulated else ()),
        service("store", ports.store),
        service(
            "validator",
            ports.validator,
            deadline=900,
            hint="the first start installs the build tools from npm: a minute or two",
        ),
        service("agent", ports.agent),
        service("gateway", ports.api),
    )
