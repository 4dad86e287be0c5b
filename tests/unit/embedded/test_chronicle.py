"""Supervisord's own words become events."""

import pytest

from millstream_embedded.chronicle import Event, Exited, GaveUp, Killed, Spawned, read


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("INFO spawned: 'store' with pid 42", Spawned("store", 42)),
        ("WARN exited: store (exit status 3; not expected)", Exited("store", "exit status 3")),
        ("INFO exited: store (exit status 0; expected)", Exited("store", "exit status 0")),
        (
            "WARN exited: store (terminated by SIGSEGV (core dumped); not expected)",
            Exited("store", "terminated by SIGSEGV (core dumped)"),
        ),
        ("INFO gave up: store entered FATAL state, too many start retries", GaveUp("store")),
        ("WARN killing 'store' (42) with SIGKILL", Killed("store")),
        ("INFO stopped: store (exit status 0)", None),
        ("INFO success: store entered RUNNING state", None),
    ],
)
def test_a_line_is_read(line: str, event: Event | None) -> None:
    """Each wording supervisord uses for a child's life, and two that mean nothing here."""
    assert read(f"2030-01-02 03:04:05,678 {line}\n") == event
