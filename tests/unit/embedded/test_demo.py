"""What the demo takes for success."""

import pytest

from millstream_embedded.demo import is_good


def message(
    status: str = "COMPLETE", kind: str = "RESULT", lint: str = "passed"
) -> dict[str, object]:
    checks = [{"kind": "lint", "outcome": lint}, {"kind": "build", "outcome": "passed"}]
    return {"status": status, "type": kind, "checks": checks}


def test_all_green_and_stored_is_good() -> None:
    """The only way to exit code 0."""
    assert is_good(message())


@pytest.mark.parametrize(
    "bad",
    [
        message(status="STREAMING"),
        message(kind="ERROR"),
        message(lint="failed"),
        message(lint="unavailable"),
        {**message(), "checks": []},
    ],
)
def test_everything_else_is_not(bad: dict[str, object]) -> None:
    """A red lint, no verdict at all, an unfinished message."""
    assert not is_good(bad)
