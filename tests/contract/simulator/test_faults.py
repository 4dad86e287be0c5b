"""Each fault, seen through the real SDK, which by itself notices only some of them."""

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import httpx
import openai
import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionChunk

Code = Callable[..., dict[str, Any]]


class Heard:
    """What came through until the stream ended."""

    def __init__(self) -> None:
        self.text = ""
        self.arguments: dict[int, str] = {}
        self.names: list[str] = []
        self.ids: list[str] = []
        self.reason: str | None = None
        self.completion_tokens: int | None = None

    async def listen(self, stream: AsyncIterator[ChatCompletionChunk]) -> None:
        """Read to the end."""
        async for chunk in stream:
            if chunk.usage:
                self.completion_tokens = chunk.usage.completion_tokens
            for choice in chunk.choices:
                self.reason = choice.finish_reason or self.reason
                self.text += choice.delta.content or ""
                for call in choice.delta.tool_calls or ():
                    function = call.function
                    self.names += [function.name] if function and function.name else []
                    self.ids += [call.id] if call.id else []
                    fragment = (function.arguments if function else None) or ""
                    self.arguments[call.index] = self.arguments.get(call.index, "") + fragment


async def listen(sdk: AsyncOpenAI, request: dict[str, Any], heard: Heard) -> None:
    """Make a request and read its stream."""
    async with await sdk.chat.completions.create(**request, stream=True) as stream:
        await heard.listen(stream)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("cut-text", openai.APIConnectionError),
        ("cut-tool", openai.APIConnectionError),
        ("stall-before", openai.APITimeoutError),
        ("stall-after", openai.APITimeoutError),
        ("invalid-json", json.JSONDecodeError),
        ("in-band-error", openai.APIError),
        ("keep-alive", openai.APIConnectionError),
    ],
)
async def test_faults_that_the_sdk_notices(
    sdk: AsyncOpenAI, code: Code, fault: str, error: type[Exception]
) -> None:
    """A cut, a stall, broken JSON, an error object; the keep-alives end when the cut comes."""
    heard = Heard()
    with pytest.raises(error) as caught:
        await listen(sdk.with_options(timeout=0.5), code(f"sim-fast:{fault}"), heard)
    assert type(caught.value) is error
    assert heard.reason is None
    assert bool(heard.text) == (fault not in ("stall-before", "keep-alive"))


async def test_cut_tool_leaves_half_the_arguments(sdk: AsyncOpenAI, code: Code) -> None:
    """The connection breaks inside a tool call."""
    heard = Heard()
    with pytest.raises(openai.APIConnectionError):
        await listen(sdk, code("sim-instant:cut-tool"), heard)
    assert heard.arguments[0].startswith('{"files":[')
    with pytest.raises(json.JSONDecodeError):
        json.loads(heard.arguments[0])


async def test_a_missing_finish_looks_like_an_end(sdk: AsyncOpenAI, code: Code) -> None:
    """The SDK ends normally; only the missing reason tells."""
    heard = Heard()
    await listen(sdk, code("sim-no-finish"), heard)
    assert heard.reason is None
    assert heard.text


@pytest.mark.parametrize(
    ("fault", "reason"), [("truncated-arguments", "tool_calls"), ("truncated-length", "length")]
)
async def test_truncated_arguments_end_like_a_success(
    sdk: AsyncOpenAI, code: Code, fault: str, reason: str
) -> None:
    """The last call's arguments are no JSON, yet there is a reason."""
    heard = Heard()
    await listen(sdk, code(f"sim-fast:{fault}"), heard)
    assert heard.reason == reason
    with pytest.raises(json.JSONDecodeError):
        json.loads(heard.arguments[max(heard.arguments)])


async def test_a_wrong_tool_is_well_formed(sdk: AsyncOpenAI, code: Code) -> None:
    """Only its name is nobody's."""
    heard = Heard()
    await listen(sdk, code("sim-wrong-tool"), heard)
    declared = {tool["function"]["name"] for tool in code()["tools"]}
    assert heard.names
    assert not declared & set(heard.names)
    assert json.loads(heard.arguments[0])


async def test_repetition_goes_on_to_the_limit(sdk: AsyncOpenAI, code: Code) -> None:
    """The same sentence until max_tokens."""
    heard = Heard()
    await listen(sdk, code("sim-instant:repetition", max_tokens=300), heard)
    assert heard.reason == "length"
    assert heard.text.count("the next step of the plan") > 15


async def test_an_empty_answer_is_a_clean_one(sdk: AsyncOpenAI, code: Code) -> None:
    """A reason and a usage, and nothing else."""
    heard = Heard()
    await listen(sdk, code("sim-empty", stream_options={"include_usage": True}), heard)
    assert (heard.reason, heard.text, heard.names) == ("stop", "", [])
    assert heard.completion_tokens == 0


@pytest.mark.parametrize(
    ("fault", "reason"), [("finish-error", "error"), ("content-filter", "content_filter")]
)
async def test_a_provider_that_gives_up_ends_regularly(
    sdk: AsyncOpenAI, code: Code, fault: str, reason: str
) -> None:
    """Half an answer, which only its reason tells from a whole one."""
    heard = Heard()
    await listen(sdk, code(f"sim-fast:{fault}"), heard)
    assert heard.reason == reason
    assert heard.text
    with pytest.raises(json.JSONDecodeError):
        json.loads(heard.arguments[0])


async def test_lost_usage_is_the_only_loss(sdk: AsyncOpenAI, code: Code) -> None:
    """All is there but the tokens that were asked for."""
    heard, whole = Heard(), Heard()
    options = {"include_usage": True}
    await listen(sdk, code("sim-lost-usage", stream_options=options), heard)
    await listen(sdk, code("sim-fast", stream_options=options), whole)
    assert (heard.text, heard.arguments) == (whole.text, whole.arguments)
    assert heard.completion_tokens is None
    assert whole.completion_tokens


async def test_two_calls_may_share_an_index(sdk: AsyncOpenAI, code: Code) -> None:
    """Only their ids tell them apart; put together by index they are no JSON."""
    heard = Heard()
    await listen(sdk, code("sim-duplicate-index"), heard)
    assert list(heard.arguments) == [0]
    assert len(heard.names) == len(set(heard.ids)) == 2
    with pytest.raises(json.JSONDecodeError):
        json.loads(heard.arguments[0])


async def test_a_huge_answer_heeds_no_limit(http: httpx.AsyncClient, code: Code) -> None:
    """10 MB of text, whatever max_tokens says, at once."""
    request = code("sim-slow:huge", max_tokens=100)  # at sim-slow's own pace it would take days
    answer = (await http.post("/v1/chat/completions", json=request, timeout=30)).json()
    assert len(answer["choices"][0]["message"]["content"]) > 10_000_000
    assert answer["usage"]["completion_tokens"] > 2_000_000


@pytest.mark.parametrize("fault", ["429", "500", "cut-tool", "no-finish"])
async def test_once_means_the_retry_works(sdk: AsyncOpenAI, code: Code, fault: str) -> None:
    """The fault hits the first request of a conversation only."""
    request = code(f"sim-instant:{fault}:once", prompt=f"A counter, {fault}")
    reasons = []
    for _ in range(2):
        heard = Heard()
        with suppress(openai.APIError):
            await listen(sdk, request, heard)
        reasons.append(heard.reason)
    assert reasons == [None, "tool_calls"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("cut-text", openai.APIConnectionError),
        ("stall-before", openai.APITimeoutError),
        ("invalid-json", json.JSONDecodeError),
    ],
)
async def test_whole_answers_fail_alike(
    sdk: AsyncOpenAI, code: Code, fault: str, error: type[Exception]
) -> None:
    """Without streaming the body is cut, late or broken."""
    impatient = sdk.with_options(timeout=0.5)
    with pytest.raises(error):
        await impatient.chat.completions.create(**code(f"sim-fast:{fault}"))


async def test_keep_alives_never_trip_the_read_timeout(http: httpx.AsyncClient, code: Code) -> None:
    """Comments come all the time, and data never."""
    received = bytearray()

    async def receive() -> None:
        path, request = "/v1/chat/completions", code("sim-keep-alive", stream=True)
        async with http.stream("POST", path, json=request, timeout=0.5) as response:
            async for part in response.aiter_bytes():
                received.extend(part)

    started = time.monotonic()
    with pytest.raises(httpx.RemoteProtocolError):
        await receive()
    assert time.monotonic() - started > 1
    assert set(bytes(received).split(b"\n\n")) == {b": keep-alive", b""}
