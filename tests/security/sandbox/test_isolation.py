"""Attempts to see or change anything of the host."""

import asyncio
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.security.sandbox.conftest import Cell

CANARY = "canary-4c1f27"
WRITABLE = {"/app/project", "/tmp", "/home/sandbox"}  # noqa: S108 - paths inside the sandbox

REACH_OUT = """
const net = require('net'), dns = require('dns').promises;
const targets = JSON.parse(process.argv[1]);
const attempt = target => new Promise(done => {
  const socket = net.connect(target);
  socket.on('connect', () => done('breach'));
  socket.on('error', error => done(error.code));
  socket.setTimeout(1000, () => done('timeout'));
});
Promise.all([
  ...targets.map(attempt),
  dns.lookup('example.com').then(() => 'breach', error => error.code),
  dns.resolve('example.com').then(() => 'breach', error => error.code),
]).then(results => { console.log(JSON.stringify(results)); process.exit(); });
"""


@pytest.fixture
def canary() -> Iterator[Path]:
    """A file that everybody on the host may read."""
    with tempfile.NamedTemporaryFile("w", prefix=CANARY) as file:
        file.write(CANARY)
        file.flush()
        Path(file.name).chmod(0o644)
        yield Path(file.name)


async def test_environment_of_the_host(cell: "Cell", monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the validator reaches a job, by inheritance or through /proc."""
    monkeypatch.setenv("SECRET_KEY", CANARY)
    outcome = await cell.sh("env; cat /proc/[0-9]*/environ /proc/1/environ 2>/dev/null; true")
    assert outcome.exit_code == 0
    assert "LANG=C.UTF-8" in outcome.stdout
    assert CANARY not in outcome.stdout


async def test_processes_of_the_host(cell: "Cell") -> None:
    """A job sees its own few processes, not its PID 1, and can signal nothing else."""
    outcome = await cell.sh(
        "ls /proc | grep -c '^[0-9]'; ls -A /proc/1 | wc -l;"
        "kill -9 1; kill -9 -1; echo $?; cat /proc/1/mem /proc/1/maps"
    )
    visible, of_first = outcome.stdout.split()[:2]
    assert int(visible) <= 6
    assert of_first == "0"
    assert f"/proc/{os.getpid()}" not in outcome.stdout


async def test_files_of_the_host(cell: "Cell", canary: Path) -> None:
    """Host files outside the mounts do not exist, by any of their names."""
    names = [
        str(canary), f"/proc/self/root{canary}", f"/proc/1/root{canary}", f"../../../..{canary}",
        f"/oldroot{canary}", f"/newroot{canary}", "/etc/shadow", "/root", "/var", "/sys", "/run",
    ]  # fmt: skip
    outcome = await cell.sh(f"ls -d {' '.join(names)}")
    assert outcome.stdout == ""
    assert outcome.stderr.count("cannot access") == len(names)


async def test_writing_outside_the_workspace(cell: "Cell") -> None:
    """Only the workspace, /tmp and home take files; /proc and /dev refuse too."""
    outcome = await cell.sh(
        "for f in /x /usr/x /usr/bin/x /etc/x /etc/passwd /app/x /opt/node/x /dev/x /dev/shm/x"
        " /proc/sys/kernel/hostname /proc/self/oom_score_adj /proc/sysrq-trigger /bin/sh;"
        " do (echo x > $f) 2>/dev/null && echo $f; done; echo x > ok && echo y > /tmp/ok"
    )
    assert (outcome.exit_code, outcome.stdout) == (0, "")


async def test_mount_table(cell: "Cell") -> None:
    """Every mount is nosuid; the writable ones are few; devices are harmless."""
    outcome = await cell.sh("cat /proc/self/mountinfo; ls /dev")
    mounts = [line.split() for line in outcome.stdout.splitlines() if " - " in line]
    assert mounts
    assert all("nosuid" in mount[5] for mount in mounts)
    writable = {mount[4] for mount in mounts if "rw" in mount[5].split(",")}
    assert {place for place in writable if not place.startswith("/dev/")} == WRITABLE
    with_devices = {mount[4] for mount in mounts if "nodev" not in mount[5]}
    assert with_devices == {"/dev/null", "/dev/full", "/dev/random", "/dev/urandom"}


async def test_network(cell: "Cell") -> None:
    """Services of the host, abstract sockets, the metadata address and DNS are out of reach."""
    reached: list[object] = []
    abstract = f"\0{CANARY}-{os.getpid()}"
    tcp = await asyncio.start_server(lambda *peer: reached.append(peer), "127.0.0.1", 0)
    unix = await asyncio.start_unix_server(lambda *peer: reached.append(peer), abstract)
    port = tcp.sockets[0].getsockname()[1]
    async with tcp, unix:
        outcome = await cell.node(
            REACH_OUT,
            json.dumps([
                {"host": "127.0.0.1", "port": port},
                {"host": "169.254.169.254", "port": 80},
                {"host": "1.1.1.1", "port": 53},
                {"path": abstract},
            ]),
        )  # fmt: skip
    results = json.loads(outcome.stdout)
    assert len(results) == 6
    assert "breach" not in results
    assert reached == []


async def test_setuid_programs(cell: "Cell") -> None:
    """A setuid-root copy of a shell in the workspace gives nothing."""
    outcome = await cell.sh(
        "cp /bin/sh mine; chmod 4755 mine; ./mine -p -c 'id -u'; chown 0 mine; ./mine -p -c 'id -u'"
    )
    assert all(int(uid) != 0 for uid in outcome.stdout.split())


async def test_namespaces_mounts_and_devices(cell: "Cell") -> None:
    """No new namespace, mount, root folder or device node, even with the right tools."""
    outcome = await cell.sh(
        "unshare -U true; unshare -r true; unshare -m true; unshare -n true; unshare -p -f true;"
        "nsenter -t 1 -a true; mount -t tmpfs none /tmp; mount --bind /usr /tmp;"
        "mount -o remount,rw /usr; umount /proc/1; chroot /tmp true; mknod sda b 8 0;"
        "mknod /tmp/mem c 1 1; for t in unshare nsenter mount umount chroot mknod;"
        " do command -v $t; done >&2; ls; ls /tmp /proc/1"
    )
    assert "sda" not in outcome.stdout
    assert outcome.stdout.split() == ["/proc/1:", "/tmp:"]  # noqa: S108 - the sandbox's own
