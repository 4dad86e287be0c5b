"""The model seam against every fault of the simulator: no broken reply passes for a whole one.

The real openai SDK, a real server; each fault as a provider would show it.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest
import uvicorn
from openai import AsyncOpenAI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from millstream_agent.adapters.openai_model import OpenAIModel
from millstream_agent.core.conversation import system, user
from millstream_agent.core.failures import ModelFailed, ModelRefused
from millstream_agent.core.knobs import OPTIMIZED
from millstream_agent.core.ports import ModelCall, ModelReply
from millstream_agent.core.tools import declarations, read_arguments
from millstream_agent.core.tree import Refusal
from millstream_agent.settings import ModelSettings
from millstream_shared.contracts.enums import Role
from tests.support.ports import free_port

PATIENCE = 0.5


@pytest.fixture
async def picky_url() -> AsyncIterator[str]:
    """An endpoint as OpenAI's is for its reasoning models: it names one bad parameter at a time."""
    asked = 0

    async def answer(request: Request) -> Response:
        nonlocal asked
        asked += 1
        for name in ("temperature", "frequency_penalty"):
            if name in await request.json():
                words = f"Unsupported parameter: '{name}' is not supported with this model."
                error = {"message": words, "type": "invalid_request_error", "param": name}
                return JSONResponse({"error": error}, 400)
        delta = {"delta": {"content": f"asked {asked} times"}, "finish_reason": "stop"}
        return PlainTextResponse(f"data: {json.dumps({'choices': [delta]})}\n\ndata: [DONE]\n\n")

    app = Starlette(routes=[Route("/v1/chat/completions", answer, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=free_port(), log_level="critical"))
    serving = asyncio.ensure_future(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.config.port}/v1"
    server.should_exit = True
    await serving


async def ask(client: AsyncOpenAI, model: str, role: Role = Role.CODE) -> ModelReply:
    settings = ModelSettings(model=model, first_token_seconds=PATIENCE, idle_seconds=PATIENCE)
    seam = OpenAIModel(client, settings, OPTIMIZED.sampling)
    name = {Role.CODE: "code agent", Role.TITLE: "title writer"}[role]
    messages = [system(f"You are the {name}."), user("<request>A counter</request>")]
    tools = declarations() if role is Role.CODE else ()
    return await whole(seam, ModelCall(role, messages, tools))


async def whole(seam: OpenAIModel, call: ModelCall) -> ModelReply:
    async with seam.open(call) as growing:
        return [reply async for reply in growing][-1]


async def test_a_whole_reply(sdk: AsyncOpenAI) -> None:
    """Text, tool calls and the provider's own count of tokens."""
    reply = await ask(sdk, "sim-instant")
    assert reply.text
    assert [call.name for call in reply.calls] == ["createOrUpdateFiles", "terminal"]
    assert reply.finish_reason == "tool_calls"
    assert reply.output_tokens > 0
    assert not reply.estimated


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("429", "http_429"),
        ("500", "http_500"),
        ("stall-before", "no_first_token"),
        ("stall-after", "stalled"),
        ("keep-alive", "no_first_token"),
        ("cut-text", "cut"),
        ("cut-tool", "cut"),
        ("invalid-json", "invalid_json"),
        ("no-finish", "truncated"),
        ("in-band-error", "in_band_error"),
    ],
)
async def test_a_broken_reply_is_a_failure_that_may_be_tried_again(
    sdk: AsyncOpenAI, fault: str, kind: str
) -> None:
    """Whatever the SDK makes of it, and within the time that is allowed."""
    begun = time.monotonic()
    with pytest.raises(ModelFailed) as failed:
        await ask(sdk, f"sim-instant:{fault}")
    assert failed.value.kind == kind
    assert time.monotonic() - begun < PATIENCE + 2


async def test_the_providers_wish_to_wait_is_kept(sdk: AsyncOpenAI) -> None:
    """`Retry-After: 2` reaches whoever decides when to try again."""
    with pytest.raises(ModelFailed) as failed:
        await ask(sdk, "sim-instant:429")
    assert failed.value.retry_after == 2


@pytest.mark.parametrize("fault", ["truncated-arguments", "truncated-length"])
async def test_truncated_arguments_are_refused_by_the_tool(sdk: AsyncOpenAI, fault: str) -> None:
    """The stream ends as if all were well; the arguments tell otherwise, and nothing is applied."""
    reply = await ask(sdk, f"sim-instant:{fault}")
    with pytest.raises(Refusal, match="NOT applied"):
        read_arguments(reply.calls[-1].name, reply.calls[-1].arguments)


async def test_a_wrong_tool_name_is_refused_with_the_right_ones(sdk: AsyncOpenAI) -> None:
    """The model is told which tools there are."""
    reply = await ask(sdk, "sim-instant:wrong-tool")
    with pytest.raises(Refusal, match="createOrUpdateFiles, editFile, readFiles, terminal"):
        read_arguments(reply.calls[0].name, reply.calls[0].arguments)


async def test_a_reply_without_end_is_bounded(sdk: AsyncOpenAI) -> None:
    """Endless repetition stops at the limit of output tokens, and says so."""
    settings = ModelSettings(model="sim-instant:repetition", max_output_tokens=500)
    seam = OpenAIModel(sdk, settings, OPTIMIZED.sampling)
    messages = [system("You are the title writer."), user("<request>A counter</request>")]
    reply = await whole(seam, ModelCall(Role.TITLE, messages))
    assert reply.finish_reason == "length"
    assert reply.output_tokens <= 500


async def test_what_can_never_work_is_not_tried_again(sdk: AsyncOpenAI) -> None:
    """An unknown model and a wrong key end the run; the provider's words stay in our log."""
    with pytest.raises(ModelRefused, match="does not know the model"):
        await ask(sdk, "no-such-model")
    with pytest.raises(ModelRefused, match="does not accept this server's key") as refused:
        await ask(sdk.with_options(api_key="wrong-secret"), "sim-instant")
    assert "wrong-secret" not in str(refused.value)


async def test_a_model_that_takes_no_temperature_is_asked_without(picky_url: str) -> None:
    """Reasoning models refuse sampling parameters: learnt once, then remembered."""
    settings = ModelSettings(model="picky")
    async with AsyncOpenAI(base_url=picky_url, api_key="x", max_retries=0) as client:
        seam = OpenAIModel(client, settings, OPTIMIZED.sampling)
        call = ModelCall(Role.CODE, [user("hello")])
        assert (await whole(seam, call)).text == "asked 3 times"
        assert (await whole(seam, call)).text == "asked 4 times"


async def test_nothing_there_is_a_failure_that_may_be_tried_again() -> None:
    """A refused connection, as while a local server restarts."""
    async with AsyncOpenAI(base_url="http://127.0.0.1:9/v1", api_key="x", max_retries=0) as nobody:
        with pytest.raises(ModelFailed) as failed:
            await ask(nobody, "any")
    assert failed.value.kind == "connection"
