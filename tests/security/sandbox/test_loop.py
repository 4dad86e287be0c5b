"""Which event loop the sandbox runs on."""

import asyncio

import pytest
import uvloop

from millstream_validator.adapters.bubblewrap import BubblewrapSandbox
from millstream_validator.core.sandbox import SandboxUnavailable


def test_it_refuses_a_loop_that_closes_descriptors_twice() -> None:
    """The second close may hit somebody else's file: then files of an app look deleted."""
    with (
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        pytest.raises(SandboxUnavailable, match="event loop"),
    ):
        runner.run(BubblewrapSandbox.create(1))
