"""What the caller decides, where things lie, and how a start is refused."""

from dataclasses import dataclass
from pathlib import Path


class StackError(Exception):
    """The stack cannot start or go on; the message tells the person what to do."""


@dataclass(frozen=True)
class Options:
    """How to run the embedded stack.

    `data` is the folder that holds everything the stack keeps. `port` serves the API and
    `preview_port` the previews (default: the next port); 0 takes any free port.
    """

    data: Path
    port: int = 8080
    preview_port: int | None = None
    host: str = "127.0.0.1"
    quiet: bool = False

    @property
    def folder(self) -> "Folder":
        return Folder(self.data.expanduser().absolute())

    @property
    def reachable_host(self) -> str:
        """The host as this machine writes it in a URL; a wildcard is reached by loopback."""
        host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104  compared, not bound
        return f"[{host}]" if ":" in host else host


@dataclass(frozen=True)
class Folder:
    """The data folder's layout. Only `run` and `logs` may be deleted without losing data."""

    root: Path

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def launches(self) -> Path:
        return self.run / "launches"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own folder; its parent is ours, to hand over and to build in."""
        return self.postgres / "cluster"

    @property
    def jetstream(self) -> Path:
        return self.root / "jetstream"

    @property
    def workspaces(self) -> Path:
        return self.root / "workspaces"

    @property
    def client_env(self) -> Path:
        return self.root / "dev.env"

    @property
    def operator_env(self) -> Path:
        return self.run / "operator.env"

    def log(self, program: str) -> Path:
        return self.logs / f"{program}.log"
