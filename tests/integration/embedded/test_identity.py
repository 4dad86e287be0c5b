"""PostgreSQL runs whoever starts it, or says what would help."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from millstream_embedded import identity
from millstream_embedded.identity import database_identity
from millstream_embedded.options import Folder, StackError
from millstream_embedded.postgres import Cluster, binary

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another identity")


@pytest.fixture
def open_folder() -> Iterator[Folder]:
    """A data folder below a folder that everybody may enter."""
    root = Path(tempfile.mkdtemp(prefix="millstream-test-"))
    (root / "postgres").mkdir(mode=0o700)
    yield Folder(root)
    shutil.rmtree(root)


def test_root_uses_a_namespace_and_keeps_its_files(tmp_path: Path) -> None:
    """pytest's folders are root's alone, and still a cluster can be made in one."""
    folder = Folder(tmp_path)
    folder.postgres.mkdir()
    found = database_identity(folder, binary("postgres"))
    Cluster(folder.cluster, found).create("secret")
    assert folder.cluster.stat().st_uid == 0
    assert (folder.cluster / "PG_VERSION").read_text() == "18\n"


def test_without_namespaces_the_cluster_becomes_nobodys(
    open_folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database gets its own folder; of the data folder it may only pass through.

    Where the project lies below a folder of root's alone, that is said instead, with the remedy.
    """
    monkeypatch.setattr(identity, "NAMESPACE", ("/bin/false",))
    if not all(folder.stat().st_mode & 0o001 for folder in binary("postgres").parents):
        with pytest.raises(StackError, match="put the project and --data where other users"):
            database_identity(open_folder, binary("postgres"))
        return
    found = database_identity(open_folder, binary("postgres"))
    Cluster(open_folder.cluster, found).create("secret")
    assert open_folder.cluster.stat().st_uid == found.owner != 0
    assert open_folder.root.stat().st_mode & 0o777 == 0o711


def test_where_nothing_works_the_remedy_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below a folder that others may not enter, `nobody` is no way out, and nothing changes."""
    monkeypatch.setattr(identity, "NAMESPACE", ("/bin/false",))
    tmp_path.chmod(0o700)
    folder = Folder(tmp_path / "data")
    folder.postgres.mkdir(parents=True)
    with pytest.raises(StackError, match="Run Millstream as a normal user"):
        database_identity(folder, binary("postgres"))
    assert folder.postgres.stat().st_uid == 0
