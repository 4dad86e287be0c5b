"""The server's manners: pace, leaving clients, and a process of its own."""

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from openai import AsyncOpenAI

Code = Callable[..., dict[str, Any]]


async def test_the_first_token_and_the_rest_come_on_time(sdk: AsyncOpenAI, code: Code) -> None:
    """`sim-typical`: 500 ms and the prompt's reading, then 80 tokens a second."""
    started = time.monotonic()
    request = code("sim-typical", max_tokens=40)
    async with await sdk.chat.completions.create(**request, stream=True) as stream:
        heard = [(time.monotonic() - started, chunk) async for chunk in stream]
    times = [at for at, chunk in heard if chunk.choices[0].delta.content]
    assert 0.5 < times[0] < 1.1
    rate = (len(times) - 1) / (times[-1] - times[0])
    assert 50 < rate < 110


async def test_a_prompt_that_was_read_before_is_read_faster(
    sdk: AsyncOpenAI, http: httpx.AsyncClient, code: Code
) -> None:
    """Usage, counters and the time to the first token tell the same."""
    options = {"include_usage": True}
    request = code("sim-typical", "A counter. " * 2_000, max_tokens=1, stream_options=options)
    times, cached = [], []
    for _ in range(2):
        started = time.monotonic()
        async with await sdk.chat.completions.create(**request, stream=True) as stream:
            async for chunk in stream:
                if chunk.choices and chunk.choices[0].delta.content:
                    times.append(time.monotonic() - started)
                if chunk.usage and (details := chunk.usage.prompt_tokens_details):
                    cached.append(details.cached_tokens or 0)
                    prompt_tokens = chunk.usage.prompt_tokens
    assert cached[0] == 0
    assert prompt_tokens - 128 < cached[1] <= prompt_tokens
    assert times[0] - times[1] > 0.6 * prompt_tokens / 9_000
    counted = (await http.get("/_sim/requests")).json()["calls"]
    typical = [tally for tally in counted if tally["model"] == "sim-typical"]
    assert sum(tally["cached_tokens"] for tally in typical) == cached[1]


async def test_a_leaving_client_stops_the_answer(
    sdk: AsyncOpenAI, http: httpx.AsyncClient, code: Code
) -> None:
    """The stream is closed, counted, and costs nothing more."""

    async def counters() -> dict[str, Any]:
        answer: dict[str, Any] = (await http.get("/_sim/requests")).json()
        return answer

    before = (await counters())["client_disconnects"]
    begun = time.time()
    request = code("sim-slow:stall-after")
    async with await sdk.chat.completions.create(**request, stream=True):
        assert (await counters())["open_streams"] == 1
    await asyncio.sleep(0.2)  # the server hears of it from its socket
    after = await counters()
    assert after["open_streams"] == 0
    assert after["client_disconnects"] == before + 1
    assert begun < after["last_disconnect_at"] < time.time()


@asynccontextmanager
async def process(library: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The simulator as an operator starts it, on any free port."""
    environment = os.environ | {
        "MILLSTREAM_SIMULATOR_PORT": "0",
        "MILLSTREAM_SIMULATOR_SCENARIOS": str(library),
        "MILLSTREAM_SIMULATOR_API_KEY": "from-the-environment",
    }
    command = (sys.executable, "-m", "millstream_simulator")
    started = await asyncio.create_subprocess_exec(
        *command, env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


async def test_the_process_serves_and_stops_at_sigterm(library: Path, code: Code) -> None:
    """Even while an answer is stalled."""
    async with process(library) as simulator:
        assert simulator.stderr is not None
        url = None
        while url is None:
            line = (await simulator.stderr.readline()).decode()
            assert line, "the simulator ended before it was ready"
            url = re.search(r"http://127\.0\.0\.1:\d+", line)
        async with AsyncOpenAI(
            base_url=f"{url[0]}/v1", api_key="from-the-environment", max_retries=0
        ) as client:
            assert [model.id async for model in client.models.list()]
            request = code("sim-stall-before")
            async with await client.chat.completions.create(**request, stream=True):
                simulator.send_signal(signal.SIGTERM)
                async with asyncio.timeout(5):
                    assert await simulator.wait() in (0, -signal.SIGTERM)
