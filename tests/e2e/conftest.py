"""A second stack, with a slower model, for what needs time to happen in."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from millstream_embedded.stack import Stack
from tests.support.stack import stack_in


@pytest.fixture(scope="module")
async def slow_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A run takes about fifteen seconds: long enough to poll, cancel and kill in."""
    speeds = json.dumps({"sim-brisk": {"first_token": 0.1, "per_second": 500}})
    async with stack_in(
        tmp_path_factory.mktemp("slow"),
        MILLSTREAM_SIMULATOR_SPEEDS=speeds,
        MILLSTREAM_AGENT_MODEL="sim-brisk",
        MILLSTREAM_ACK_WAIT="5",
    ) as running:
        yield running


@pytest.fixture
async def slow_api(slow_stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {slow_stack.api_key}"}
    async with httpx.AsyncClient(base_url=slow_stack.url, headers=headers, timeout=60) as client:
        yield client
