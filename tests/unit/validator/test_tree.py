"""Walking a folder: what a program did to its files is passed over, our own trouble is not."""

import errno
import os
from pathlib import Path

import pytest

from millstream_validator.adapters.tree import passing_over, walk


def test_an_error_of_ours_is_not_taken_for_a_missing_file() -> None:
    """A closed descriptor or too many open files must not look like deleted files."""
    for ours in (errno.EBADF, errno.EMFILE, errno.EIO):
        with pytest.raises(OSError, match=os.strerror(ours)), passing_over():
            raise OSError(ours, os.strerror(ours))


def test_what_a_program_can_do_is_passed_over(tmp_path: Path) -> None:
    """A link that leads nowhere and a fifo are seen as what they are."""
    (tmp_path / "link").symlink_to("nowhere")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "file").write_text("x")
    assert sorted(entry.path for entry in walk(tmp_path)) == ["fifo", "file", "link"]
    with passing_over():
        (tmp_path / "gone").unlink()
