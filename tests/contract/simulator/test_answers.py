"""The real SDK reads the simulator's answers as it reads any provider's."""

import json
from collections.abc import Callable
from typing import Any

import httpx
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessage
from openai.types.chat.chat_completion_message_function_tool_call import Function

Code = Callable[..., dict[str, Any]]


def functions(message: ChatCompletionMessage) -> list[Function]:
    """The functions that a message calls."""
    return [call.function for call in message.tool_calls or () if call.type == "function"]


async def stream(sdk: AsyncOpenAI, request: dict[str, Any]) -> list[ChatCompletionChunk]:
    """All chunks of a streamed answer."""
    return [chunk async for chunk in await sdk.chat.completions.create(**request, stream=True)]


async def test_a_streamed_text(sdk: AsyncOpenAI) -> None:
    """Role first, then text, a reason, and no usage unless asked for."""
    request = {"model": "sim-fast", "messages": [{"role": "user", "content": "Hi"}]}
    chunks = await stream(sdk, request)
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text.startswith("Hello!")
    assert [c.choices[0].finish_reason for c in chunks][-2:] == [None, "stop"]
    assert not any(chunk.usage for chunk in chunks)
    assert chunks[0].id.startswith("chatcmpl-")
    assert chunks[0].system_fingerprint


async def test_usage_comes_last(sdk: AsyncOpenAI, code: Code) -> None:
    """In a chunk without choices, with sums that add up."""
    *others, last = await stream(sdk, code(stream_options={"include_usage": True}))
    assert last.choices == []
    assert last.usage is not None
    assert last.usage.prompt_tokens > 0
    assert last.usage.total_tokens == last.usage.prompt_tokens + last.usage.completion_tokens
    assert all(chunk.choices and chunk.usage is None for chunk in others)


async def test_parallel_tool_calls_arrive_in_fragments(sdk: AsyncOpenAI, code: Code) -> None:
    """The SDK's own accumulator puts two calls together again."""
    async with sdk.chat.completions.stream(**code()) as events:
        async for _ in events:
            pass
        choice = (await events.get_final_completion()).choices[0]
    assert choice.finish_reason == "tool_calls"
    calls = functions(choice.message)
    assert [call.name for call in calls] == ["createOrUpdateFiles", "terminal"]
    assert json.loads(calls[0].arguments)["files"][0]["path"] == "src/App.tsx"
    assert json.loads(calls[1].arguments) == {"command": "ls src"}


async def test_a_whole_answer(sdk: AsyncOpenAI, code: Code) -> None:
    """Without streaming the same content comes in one body."""
    completion = await sdk.chat.completions.create(**code())
    calls = functions(completion.choices[0].message)
    assert [call.name for call in calls] == ["createOrUpdateFiles", "terminal"]
    assert completion.usage is not None
    assert completion.usage.completion_tokens > 50


async def test_the_loop_runs_to_its_summary(sdk: AsyncOpenAI, code: Code) -> None:
    """Call, result, call, result, summary: as the code agent does it."""
    request = code()
    names: list[list[str]] = []
    for _ in range(3):
        completion = await sdk.chat.completions.create(**request)
        message = completion.choices[0].message
        names.append([call.name for call in functions(message)])
        ids = [call.id for call in message.tool_calls or ()]
        results = [{"role": "tool", "tool_call_id": made, "content": "done"} for made in ids]
        request["messages"] += [message.model_dump(exclude_none=True), *results]
    assert names == [["createOrUpdateFiles", "terminal"], ["editFile", "readFiles"], []]
    assert "<task_summary>" in (message.content or "")


async def test_the_models_are_listed(sdk: AsyncOpenAI) -> None:
    """Speeds and faults can be looked up by name."""
    names = {model.id async for model in sdk.models.list()}
    assert {"sim-fast", "sim-typical", "sim-slow", "sim-429"} <= names
    assert (await sdk.models.retrieve("sim-fast:cut-tool")).id == "sim-fast:cut-tool"


async def test_the_counters_tell_what_was_paid(
    sdk: AsyncOpenAI, http: httpx.AsyncClient, code: Code
) -> None:
    """One call more, with the tokens of its usage."""
    model = "sim-fast:cut-tool:first=1000"  # a name that no other test uses

    async def calls() -> dict[str, Any]:
        counters = (await http.get("/_sim/requests")).json()
        found = [c for c in counters["calls"] if (c["model"], c["role"]) == (model, "title")]
        return found[0] if found else {"requests": 0}

    assert (await calls())["requests"] == 0
    messages = [{"role": "system", "content": "Title"}, {"role": "user", "content": "A counter"}]
    completion = await sdk.chat.completions.create(model=model, messages=messages)  # type: ignore[arg-type]  # plain dicts
    after = await calls()
    assert completion.usage is not None
    assert after["requests"] == 1
    assert after["prompt_tokens"] == completion.usage.prompt_tokens
    assert after["completion_tokens"] == completion.usage.completion_tokens
