"""What a person at the terminal reads of a run."""

import io

import pytest
from rich.console import Console

from millstream_embedded.narrator import Narrator


@pytest.mark.parametrize(
    ("reason", "ahead", "said"),
    [
        ("project_busy", 1, "waiting: 1 run of this project goes first\n"),
        ("user_busy", 3, "waiting: 3 runs of yours go first\n"),
    ],
)
def test_waiting_is_said(reason: str, ahead: int, said: str) -> None:
    """Who waits in line reads why, and how long the line is."""
    console = Console(file=io.StringIO(), width=100)
    Narrator(console).tell_waiting({"reason": reason, "ahead": ahead})
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == said
