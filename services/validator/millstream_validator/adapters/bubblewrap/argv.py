"""The command line that starts a job behind its walls."""

from collections.abc import Iterator

from millstream_validator.adapters.bubblewrap.descriptors import Descriptors
from millstream_validator.adapters.bubblewrap.forms import LaunchForm
from millstream_validator.adapters.bubblewrap.layout import layout, made_up_files
from millstream_validator.adapters.bubblewrap.locate import find_tool
from millstream_validator.core.sandbox import Job, Limits

OPEN_FILES = 1024

GATE = ("/bin/sh", "-c", 'read -r go && exec "$@" </dev/null', "gate")
"""Holds a job back until its owner sends a line, and for ever if the owner dies before that.

bubblewrap follows its parent into death only from some milliseconds after its start on.
"""


def command_line(
    form: LaunchForm, job: Job, uid: int, program: bytes, status: int, files: Descriptors
) -> list[str]:
    """Return the words that run `job` as `uid` under the seccomp `program`.

    bubblewrap reports on descriptor `status`; what it is to read goes through `files`.
    """
    options = [
        *form.options(uid),
        *("--die-with-parent", "--new-session"),
        *("--json-status-fd", str(status), "--seccomp", files.holding(program)),
        *_files(uid, files),
        *layout(job),
    ]
    return [
        *form.before(uid),
        *("--args", files.holding("".join(f"{word}\0" for word in options).encode())),
        *("--", *form.inside(uid), *GATE, *_limits(job.limits), *job.argv),
    ]


def _files(uid: int, files: Descriptors) -> Iterator[str]:
    for path, content in made_up_files(uid).items():
        yield from ("--perms", "0444", "--file", files.holding(content), path)


def _limits(limits: Limits) -> Iterator[str]:
    yield find_tool("prlimit")
    yield "--core=0"
    yield f"--nofile={OPEN_FILES}"
    yield f"--fsize={limits.file_bytes}"
    yield f"--cpu={limits.cpu_seconds}"
    yield f"--data={limits.data_bytes}"
    yield f"--nproc={limits.processes}"
    yield "--"
