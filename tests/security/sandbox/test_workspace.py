"""What a job leaves in its workspace to trap the host."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from millstream_validator.adapters.workspace import (
    WorkspaceTooLarge,
    read_tree,
    remove_tree,
    write_tree,
)

if TYPE_CHECKING:
    from tests.security.sandbox.conftest import Cell

SECRET = b"a host's secret"


@pytest.fixture
def secret(cell: "Cell") -> Path:
    """A file of the host, beside the workspace."""
    file = cell.workspace.parent / "secret"
    file.write_bytes(SECRET)
    return file


def read(root: Path) -> dict[str, bytes]:
    return read_tree(root, exclude={"dist"}, max_files=100, max_bytes=10_000)


def intact(secret: Path) -> bool:
    return secret.read_bytes() == SECRET


async def test_symlinks_are_not_read(cell: "Cell", secret: Path) -> None:
    """Links to a secret, to its folder and to / give nothing; real files are read."""
    await cell.sh(
        f"ln -s {secret} link; ln -s ../secret relative; ln -s {secret.parent} folder;"
        "ln -s / root; mkdir src dist; echo built > dist/a.js; echo real > src/App.tsx"
    )
    assert read(cell.workspace) == {"src/App.tsx": b"real\n"}


async def test_odd_files_are_not_read(cell: "Cell") -> None:
    """A fifo cannot hang the host; sockets, forbidden and unspeakable names are passed over."""
    await cell.sh(
        "mkfifo pipe; mkdir -p .git node_modules/x; echo x > .git/config; "
        "echo x > node_modules/x/y; touch -- -rf 'a\nb'; "
        "perl -MSocket -e 'socket(S,AF_UNIX,SOCK_STREAM,0);"
        'bind(S,pack_sockaddr_un("sock"))\'; echo ok > ok'
    )
    assert read(cell.workspace) == {"ok": b"ok\n"}


async def test_too_much_is_refused(cell: "Cell") -> None:
    """A sparse giant or too many files stop the reading, not the host."""
    await cell.sh("truncate -s 90M giant")
    with pytest.raises(WorkspaceTooLarge):
        read(cell.workspace)
    await cell.sh("rm giant; for i in $(seq 101); do : > $i; done")
    with pytest.raises(WorkspaceTooLarge):
        read(cell.workspace)


async def test_writing_through_symlinks(cell: "Cell", secret: Path) -> None:
    """Writing replaces links, whether the file or a folder on its way."""
    await cell.sh(f"ln -s {secret} App.tsx; ln -s {secret.parent} src; ln secret hard; true")
    write_tree(cell.workspace, {"App.tsx": b"app", "src/secret": b"mine", "src/a/b.ts": b"b"})
    assert intact(secret)
    assert read(cell.workspace) == {"App.tsx": b"app", "src/secret": b"mine", "src/a/b.ts": b"b"}


async def test_the_host_writes_and_a_job_edits(cell: "Cell") -> None:
    """Files change hands between host and slot, run after run."""
    for turn in range(3):
        write_tree(cell.workspace, {"src/deep/turn": str(turn).encode()})
        outcome = await cell.sh("echo more >> src/deep/turn && cat src/deep/turn")
        assert outcome.stdout == f"{turn}more\n"
    assert read(cell.workspace) == {"src/deep/turn": b"2more\n"}


async def test_removal_of_a_hostile_tree(cell: "Cell", secret: Path) -> None:
    """Links are removed, not followed; depth and locked folders do not stop it."""
    await cell.perl(
        f'symlink "{secret.parent}", "up"; mkdir "locked"; mkdir "locked/in"; chmod 0, "locked/in";'
        'chmod 0, "locked"; for (1..5000) { mkdir "d"; chdir "d"; open(F, ">", "f") }'
    )
    remove_tree(cell.workspace)
    assert list(cell.workspace.parent.iterdir()) == [secret]
    assert intact(secret)
    os.mkdir(cell.workspace)  # noqa: PTH102 - for the fixture's own clearing
