"""What is added to a call: the bench's own provider, and what its samples come to."""

import asyncio
from collections.abc import Mapping

import pytest
from openai import AsyncOpenAI
from rich.console import Console

from deploy.bench.overhead_figures import LevelFigures, figures_of
from deploy.bench.overhead_provider import ANSWER, CHUNKS, TOKENS, Answering, model_name, pause_of
from deploy.bench.overhead_rounds import Level, Measured
from deploy.bench.overhead_sides import BARE, LITELLM, OURS, check, raw_lines, typed
from deploy.bench.overhead_tables import print_level

MODEL = model_name(0.001)


def measured(milliseconds: float) -> Measured:
    """A hundred calls that took so long each, and a microsecond of CPU for each chunk."""
    return Measured([milliseconds / 1000] * 100, {"client": 100 * CHUNKS / 1e6})


def figures(**milliseconds: float) -> LevelFigures:
    """Of a bare SDK whose calls take 100 ms, and others."""
    sides = {BARE: measured(100)}
    names: Mapping[str, str] = {"ours": OURS, "litellm": LITELLM}
    return figures_of(4, sides | {names[key]: measured(ms) for key, ms in milliseconds.items()})


@pytest.mark.parametrize(
    ("ours", "litellm", "ratio", "met"),
    [(102, 110, 5.0, True), (102, 109, 4.5, False), (99, 110, None, True), (99, 98, None, False)],
)
def test_five_times_less_is_wanted(
    ours: float, litellm: float, ratio: float | None, *, met: bool
) -> None:
    """Over the bare SDK; where ours adds nothing, it is enough that LiteLLM adds something."""
    found = figures(ours=ours, litellm=litellm)
    assert (found.ratio, found.met) == (ratio, met)


def test_cpu_is_for_each_chunk() -> None:
    """A hundred answers have a hundred times as many chunks as one."""
    assert figures(ours=101).sides[OURS].cpu == {"client": 1}


def test_without_litellm_nothing_is_claimed() -> None:
    """The comparison is skipped, and the table says so."""
    console = Console(record=True, width=120)
    found = figures(ours=101)
    print_level(console, Level(4, 100, 1), found)
    assert found.met is None
    assert "skipped" in console.export_text()


def test_the_load_is_the_same_at_every_level() -> None:
    """More workers at once are sent more slowly each."""
    assert Level(64, 1, 1).pause == 16 * Level(4, 1, 1).pause
    assert pause_of(model_name(0.0025)) == 0.0025


async def test_the_provider_answers_by_the_clock() -> None:
    """The SDK reads the whole answer from it, again and again on one connection."""
    connections = list[Answering]()

    def answering() -> Answering:
        connections.append(Answering())
        return connections[-1]

    loop = asyncio.get_running_loop()
    server = await loop.create_server(answering, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server, AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
        begin = loop.time()
        answers = [await typed(client, MODEL)(0), await typed(client, MODEL)(0)]
        assert loop.time() - begin >= 2 * (CHUNKS - 1) * 0.001
        assert answers == [ANSWER, ANSWER]
        assert await raw_lines(client, MODEL)(0) == ANSWER
        assert len(connections) == 1
        assert [model.id async for model in client.models.list()] == []


async def test_the_provider_counts_tokens() -> None:
    """A proxy that had to count them itself would be slower for it."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answering, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server, AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
        stream = await client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "A title"}], stream=True
        )
        usage = [chunk.usage async for chunk in stream if chunk.usage]
    assert [each.completion_tokens for each in usage] == [TOKENS]


def test_another_answer_is_no_sample() -> None:
    """What breaks off would look quick."""
    check(ANSWER)
    with pytest.raises(RuntimeError, match="not the provider's answer"):
        check(ANSWER[:-1])
