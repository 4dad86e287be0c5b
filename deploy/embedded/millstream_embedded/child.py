"""The last step before a child's program: `python -m millstream_embedded.child LAUNCH.json`.

Supervisord starts this; it becomes the program named in the launch file, keeping its pid.

- The program dies with its parent, even when that is killed with -9 and can tell nobody
  (PR_SET_PDEATHSIG). Without this, a killed stack would hold its ports and data for ever.
- The environment is the launch file's, and PARENT. Supervisord's own `environment=` cannot carry
  every value (it knows no escapes, so JSON with an apostrophe is lost), and would add its own.
"""

import json
import os
import signal
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyprctl

# Names the process that must be our parent. Exec keeps the pid, so each link of the chain can
# tell the next one, and a child whose parent died before it could watch still notices.
PARENT = "MILLSTREAM_PARENT_PID"


@dataclass(frozen=True)
class Launch:
    """A program to become. `death_signal` is what it gets when its parent dies."""

    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    directory: str = "."
    death_signal: str = "SIGKILL"

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)


def become(launch: Launch, parent: int) -> None:
    """Replaces this process. Returns only if `parent` is no longer there to be followed."""
    pyprctl.set_pdeathsig(signal.Signals[launch.death_signal])
    if os.getppid() != parent:
        return
    os.chdir(launch.directory)
    environment = {**launch.environment, PARENT: str(os.getpid())}
    os.execvpe(launch.command[0], launch.command, environment)  # noqa: S606  no shell wanted


def main() -> None:
    launch = Launch(**json.loads(Path(sys.argv[1]).read_text()))
    become(launch, int(os.environ[PARENT]))


if __name__ == "__main__":
    main()
