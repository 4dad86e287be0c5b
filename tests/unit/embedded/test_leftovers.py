"""What a killed stack leaves is cleared; what is not ours is left alone."""

from pathlib import Path

from millstream_embedded.leftovers import make_socket, remove_files
from millstream_embedded.options import Folder


def test_files_of_a_dead_stack_go_and_data_stays(tmp_path: Path) -> None:
    """Keys that no longer open anything, and a pid that may be somebody else's by now."""
    folder = Folder(tmp_path)
    for path in (folder.run, folder.launches, folder.cluster):
        path.mkdir(parents=True)
    socket = make_socket(folder)
    stale = (folder.client_env, folder.operator_env, folder.cluster / "postmaster.pid", socket)
    for path in (*stale, folder.launches / "agent.json", folder.cluster / "PG_VERSION"):
        path.touch()
    remove_files(folder)
    assert not any(path.exists() for path in (*stale, socket.parent, folder.launches))
    assert (folder.cluster / "PG_VERSION").exists()


def test_a_forged_note_deletes_nothing(tmp_path: Path) -> None:
    """Only a folder this module would have made is removed on the word of a file."""
    folder, precious = Folder(tmp_path), tmp_path / "millstream-precious"
    folder.run.mkdir()
    precious.mkdir()
    (folder.run / "socket").write_text(str(precious))
    remove_files(folder)
    assert precious.exists()
