"""A second stack, at a real model's pace, for what needs time to happen in."""

from collections.abc import AsyncIterator

import httpx
import pytest

from millstream_embedded.stack import Stack
from tests.support.stack import stack_in


@pytest.fixture(scope="module")
async def slow_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """First token after 0.6 s, then 80 tokens a second."""
    data = tmp_path_factory.mktemp("slow")
    async with stack_in(data, MILLSTREAM_AGENT_MODEL="sim-typical") as running:
        yield running


@pytest.fixture
async def slow_api(slow_stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {slow_stack.api_key}"}
    async with httpx.AsyncClient(base_url=slow_stack.url, headers=headers, timeout=60) as client:
        yield client
