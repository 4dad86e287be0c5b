"""What supervisord is told: one private folder with its configuration and a launch file a child.

Why supervisord (the library `supervisor`) and not our own loop over subprocesses: forking,
reaping, back-off, log rotation, graceful stop and kill after a time limit are old problems with
nasty corners, and it has had twenty years of them. What it lacks is added around it, not inside:
starting in order and readiness (stack.py), dying with the parent (child.py).

All paths are relative to the run folder, so nothing in the data folder's path needs quoting.
"""

import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from millstream_embedded.child import Launch
from millstream_embedded.files import write_private
from millstream_embedded.options import Folder
from millstream_embedded.programs import Program

CONFIG = "supervisord.conf"

# Until then a death counts as a failed start, and the next try waits a second longer than the
# last. After `retries` of them supervisord gives up; watch.py says so and tries again.
SETTLED_SECONDS = 10


def write_supervisord(folder: Folder, socket: Path, table: Iterable[Program]) -> None:
    """Writes the configuration (0600) and the launch files (0600) into the run folder."""
    table = tuple(table)
    folder.launches.mkdir(mode=0o700, exist_ok=True)
    for program in table:
        write_launch(folder, program)
    write_private(folder.run / CONFIG, render(socket, table))


def write_launch(folder: Folder, program: Program) -> None:
    launch = Launch(
        command=program.command,
        environment=dict(program.environment),
        # Relative paths in the caller's settings mean what they meant to the caller.
        directory=str(Path.cwd()),
        death_signal=program.death_signal,
    )
    write_private(folder.launches / f"{program.name}.json", launch.to_json())


def supervisord_launch(folder: Folder, environment: Mapping[str, str]) -> Launch:
    command = (sys.executable, "-P", "-m", "supervisor.supervisord", "--nodaemon")
    return Launch((*command, "--configuration", CONFIG), dict(environment), str(folder.run))


def render(socket: Path, table: Iterable[Program]) -> str:
    """The configuration file's text."""
    sections = {
        "supervisord": {
            "nodaemon": "true",
            "nocleanup": "true",
            "identifier": "millstream",
            "pidfile": "supervisord.pid",
            "logfile": "../logs/supervisord.log",
            "logfile_maxbytes": "1MB",
            "logfile_backups": "2",
        },
        "unix_http_server": {"file": str(socket), "chmod": "0700"},
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        },
        **{f"program:{program.name}": _program(program) for program in table},
    }
    return "\n".join(_lines(sections))


def _program(program: Program) -> dict[str, str]:
    return {
        "command": shlex.join(
            (sys.executable, "-P", "-m", "millstream_embedded.child", _launch_name(program))
        ),
        "autostart": "false",
        "autorestart": "true",
        "startsecs": str(SETTLED_SECONDS),
        "startretries": str(program.retries),
        "stopsignal": program.stop_signal,
        "stopwaitsecs": str(program.drain),
        # What a service left running (a build, say) ends with it.
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": f"../logs/{program.name}.log",
        "stdout_logfile_maxbytes": "10MB",
        "stdout_logfile_backups": "3",
    }


def _launch_name(program: Program) -> str:
    return f"launches/{program.name}.json"


def _lines(sections: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for section, options in sections.items():
        yield f"[{section}]"
        # Supervisord expands %(name)s in every value.
        yield from (f"{name}={value.replace('%', '%%')}" for name, value in options.items())
        yield ""
