"""A real simulator on a loopback port, and the real SDK as its client."""

import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from openai import AsyncOpenAI

from millstream_simulator.app import create_app
from millstream_simulator.settings import SimulatorSettings

KEY = "key-for-tests"
LIBRARY = Path(__file__).parents[1] / "unit" / "simulator" / "data"


@pytest.fixture(scope="session")
def library() -> Path:
    """The tiny library of the unit tests."""
    return LIBRARY


@pytest.fixture(scope="session")
def url(library: Path) -> Iterator[str]:
    """A server in a thread of its own, so that client and server do not share a loop."""
    settings = SimulatorSettings(
        api_key=KEY, scenarios=library, stall_limit=1.5, keep_alive_interval=0.05, retry_after=2
    )
    config = uvicorn.Config(create_app(settings), log_level="critical", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


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
