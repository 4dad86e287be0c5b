"""A real simulator on a loopback port, and the real SDK as its client."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI

from millstream_simulator.settings import SimulatorSettings
from tests.support.simulators import running_simulator

KEY = "key-for-tests"
LIBRARY = Path(__file__).parents[1] / "unit" / "simulator" / "data"


@pytest.fixture(scope="session")
def library() -> Path:
    """The tiny library of the unit tests."""
    return LIBRARY


@pytest.fixture(scope="session")
def url(library: Path) -> Iterator[str]:
    """A server with the tiny library."""
    settings = SimulatorSettings(
        api_key=KEY, scenarios=library, stall_limit=3.5, keep_alive_interval=0.05, retry_after=2
    )
    with running_simulator(settings) as url:
        yield url


@pytest.fixture(scope="session")
async def sdk(url: str) -> AsyncIterator[AsyncOpenAI]:
    """The SDK without its own retries."""
    async with AsyncOpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0, timeout=5) as client:
        yield client


@pytest.fixture
async def http(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A plain client with the key."""
    headers = {"authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=url, headers=headers) as client:
        yield client


@pytest.fixture(scope="session")
def code() -> Callable[..., dict[str, Any]]:
    """`code(model, prompt, **fields)`: the arguments of a code agent's request."""
    names = ("createOrUpdateFiles", "readFiles", "editFile", "terminal")

    def build(
        model: str = "sim-instant", prompt: str = "A counter", **fields: Any
    ) -> dict[str, Any]:
        return {
            "model": model,
            "messages": [
                {"role": "system", "content": "You are the code agent."},
                {"role": "user", "content": f"<request>{prompt}</request>"},
            ],
            "tools": [{"type": "function", "function": {"name": name}} for name in names],
            **fields,
        }

    return build
