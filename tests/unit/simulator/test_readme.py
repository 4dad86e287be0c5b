"""The README tells of all there is."""

import re
from pathlib import Path

import millstream_simulator
from millstream_simulator.catalogue import SPEEDS, Fault

README = Path(millstream_simulator.__file__).parents[1] / "README.md"


def test_every_fault_and_speed_is_in_its_table() -> None:
    """In the first column, and nothing else is."""
    rows = re.findall(r"^\| (`.*?) \|", README.read_text(encoding="utf-8"), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    assert named == {*SPEEDS, *Fault}
