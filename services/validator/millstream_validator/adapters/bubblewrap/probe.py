"""Putting up the walls once, for nothing but to look whether they hold.

Every refusal is a reason not to start: there is no way to run a job without a sandbox.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from millstream_validator.adapters.bubblewrap.run import Launcher
from millstream_validator.adapters.workspace import remove_tree
from millstream_validator.core.sandbox import Job, Limits, SandboxUnavailable

# Prints `name=value` lines; every builtin and tool in it is in any /usr.
LOOK_AROUND = """
cat /proc/self/status
echo "Interfaces: $(tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' ' | tr '\\n' ' ')"
echo "Secret: $(cat "$SECRET" 2>/dev/null)"
echo "Init: $(ls -A /proc/1 2>&1)"
for file in /usr/breach /breach /etc/breach /dev/breach; do
  (echo breach > $file) 2>/dev/null && echo "Written: $file"
done
echo written > written && echo "Workspace: $(cat written)"
"""
EXPECTED = {
    "CapInh": "0000000000000000",
    "CapPrm": "0000000000000000",
    "CapEff": "0000000000000000",
    "CapBnd": "0000000000000000",
    "CapAmb": "0000000000000000",
    "NoNewPrivs": "1",
    "Seccomp": "2",
    "Interfaces": "lo",
    "Secret": "",
    "Init": "",
    "Workspace": "written",
}


async def probe(launcher: Launcher, uid: int) -> None:
    """Run a command in the sandbox and look around; raises SandboxUnavailable for any weakness."""
    with _surroundings() as (workspace, secret):
        job = Job(
            ("/bin/sh", "-c", LOOK_AROUND),
            workspace,
            env={"SECRET": str(secret)},
            limits=Limits(wall_seconds=20),
        )
        outcome = await launcher.run(job, uid)
    if outcome.exit_code != 0:
        raise SandboxUnavailable(f"A command ended with {outcome.exit_code}: {outcome.stderr}")
    if faults := list(_faults(_fields(outcome.stdout))):
        raise SandboxUnavailable("The walls do not hold: " + "; ".join(faults))


@contextmanager
def _surroundings() -> Iterator[tuple[Path, Path]]:
    """Yield a workspace, and a file beside it that everybody on the host may read."""
    if not Path(f"/proc/self/task/{os.getpid()}/children").exists():
        raise SandboxUnavailable("The watchdog needs a kernel with CONFIG_PROC_CHILDREN.")
    root = Path(tempfile.mkdtemp(prefix="millstream-probe-"))
    try:
        root.chmod(0o755)
        workspace, secret = root / "workspace", root / "secret"
        workspace.mkdir()
        secret.write_text("a host's secret")
        yield workspace, secret
    finally:
        remove_tree(root)


def _fields(text: str) -> Mapping[str, str]:
    lines = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}


def _faults(seen: Mapping[str, str]) -> Iterator[str]:
    for name, value in EXPECTED.items():
        if seen.get(name) != value:
            yield f"{name} is {seen.get(name)!r} and not {value!r}"
    if seen.get("Uid", "0").split()[0] == "0":
        yield "it runs as root"
    if "Written" in seen:
        yield f"it could write {seen['Written']}"
