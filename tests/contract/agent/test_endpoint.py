"""One endpoint on the real SDK: what is sent, what comes back, and what its errors mean."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from millstream_agent.core.failures import ModelFailed, ModelRefused
from millstream_agent.core.tools import read_arguments
from millstream_agent.core.tree import Refusal
from millstream_shared.contracts.enums import ErrorType, Role
from tests.contract.conftest import KEY
from tests.support.gateways import Heard, Server, ask, gateway_for, in_order, question
from tests.support.providers import serving


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

    async with serving(answer) as url:
        yield url


async def ask_one(url: str, model: str, role: Role = Role.CODE, *, key: str = KEY) -> Heard:
    gateway = gateway_for(in_order(f"only/{model}"), {"only": Server(f"{url}/v1", key)})
    try:
        return await ask(gateway, question(role))
    finally:
        await gateway.aclose()


async def test_a_whole_reply(url: str) -> None:
    """Text, tool calls and the provider's own count of tokens."""
    heard = await ask_one(url, "sim-instant")
    assert heard.reply.text
    assert [call.name for call in heard.reply.calls] == ["createOrUpdateFiles", "terminal"]
    assert heard.reply.finish_reason == "tool_calls"
    assert heard.reply.output_tokens > 0
    assert not heard.reply.estimated
    assert heard.lines[0].first_content is not None


@pytest.mark.parametrize("fault", ["truncated-arguments", "truncated-length"])
async def test_truncated_arguments_are_refused_by_the_tool(url: str, fault: str) -> None:
    """The stream ends as if all were well; the arguments tell otherwise, and nothing is applied."""
    reply = (await ask_one(url, f"sim-instant:{fault}")).reply
    with pytest.raises(Refusal, match="NOT applied"):
        read_arguments(reply.calls[-1].name, reply.calls[-1].arguments)


async def test_a_wrong_tool_name_is_refused_with_the_right_ones(url: str) -> None:
    """The model is told which tools there are."""
    reply = (await ask_one(url, "sim-instant:wrong-tool")).reply
    with pytest.raises(Refusal, match="createOrUpdateFiles, editFile, readFiles, terminal"):
        read_arguments(reply.calls[0].name, reply.calls[0].arguments)


async def test_what_can_never_work_is_not_tried_again(url: str) -> None:
    """An unknown model and a wrong key end the run; the provider's words stay in our log."""
    with pytest.raises(ModelRefused, match="does not know the model"):
        await ask_one(url, "no-such-model")
    with (
        structlog.testing.capture_logs() as logs,
        pytest.raises(ModelRefused, match="does not accept this server's key") as refused,
    ):
        await ask_one(url, "sim-instant", key="wrong-secret")
    assert "wrong-secret" not in f"{refused.value} {logs}"


async def test_a_model_that_takes_no_temperature_is_asked_without(picky_url: str) -> None:
    """Reasoning models refuse sampling parameters: learnt once, then remembered."""
    gateway = gateway_for(in_order("only/picky"), {"only": Server(picky_url, "x")})
    assert (await ask(gateway, question())).reply.text == "asked 3 times"
    assert (await ask(gateway, question())).reply.text == "asked 4 times"
    await gateway.aclose()


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        (
            {
                "date": "Mon, 05 Jan 2026 10:00:00 GMT",
                "retry-after": "Mon, 05 Jan 2026 10:00:09 GMT",
            },
            9,
        ),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
async def test_the_providers_wish_to_wait_is_read(
    headers: dict[str, str], wait: float | None
) -> None:
    """In seconds, in milliseconds or as a date by its own clock."""

    async def limit(_: Request) -> Response:
        return JSONResponse({"error": {"message": "slow down"}}, 429, headers)

    async with serving(limit) as url:
        route = in_order("only/any")
        gateway = gateway_for(route, {"only": Server(url, "x")})
        with pytest.raises(ModelFailed) as failed:
            await gateway.endpoints["only"].ask(AsyncExitStack(), question(), route[0][0])
        await gateway.aclose()
    assert failed.value.error_type is ErrorType.RATE_LIMITED
    assert failed.value.retry_after == wait
