"""What is long runs in `make chaos` alone; the rest runs with all other tests."""

import pytest

LONG = pytest.mark.chaos


def briefly_or_long(short: int, long: int) -> pytest.MarkDecorator:
    """The test's `rounds`: few of them with all other tests, many with `make chaos`."""
    return pytest.mark.parametrize(
        "rounds", [pytest.param(short, id="briefly"), pytest.param(long, id="long", marks=LONG)]
    )
