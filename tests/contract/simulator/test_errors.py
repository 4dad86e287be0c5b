"""Refusals, as the SDK's exceptions."""

from collections.abc import Callable
from typing import Any

import httpx
import openai
import pytest
from openai import AsyncOpenAI

Code = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("change", "error", "reason"),
    [
        ({"model": "gpt-nope"}, openai.NotFoundError, "model_not_found"),
        ({"model": "sim-429"}, openai.RateLimitError, "rate_limit_exceeded"),
        ({"model": "sim-fast:500"}, openai.InternalServerError, None),
        ({"model": "sim-unavailable"}, openai.InternalServerError, None),
        ({"model": "sim-unauthorized"}, openai.AuthenticationError, "invalid_api_key"),
        ({"model": "sim-content-refused"}, openai.BadRequestError, "content_policy_violation"),
        ({"n": 2}, openai.BadRequestError, "unsupported_value"),
        ({"temperature": 9}, openai.BadRequestError, "invalid_value"),
    ],
)
async def test_each_error_has_its_exception(
    sdk: AsyncOpenAI,
    code: Code,
    change: dict[str, Any],
    error: type[openai.APIStatusError],
    reason: str | None,
) -> None:
    """Status, code and a message in OpenAI's form."""
    with pytest.raises(error) as caught:
        await sdk.chat.completions.create(**code(**change))
    assert caught.value.code == reason
    assert caught.value.message


@pytest.mark.parametrize(("fault", "status"), [("429", 429), ("unavailable", 503)])
async def test_an_overload_says_when_to_come_back(
    sdk: AsyncOpenAI, code: Code, fault: str, status: int
) -> None:
    """In the Retry-After header, as set."""
    with pytest.raises(openai.APIStatusError) as caught:
        await sdk.chat.completions.create(**code(f"sim-{fault}"))
    assert caught.value.status_code == status
    assert caught.value.response.headers["retry-after"] == "2"


async def test_a_context_too_long_can_be_shortened(sdk: AsyncOpenAI, code: Code) -> None:
    """Refused with both lengths in the message; a short prompt of the same model is answered."""
    request = code("sim-context-too-long", prompt="A counter. " * 1_000)
    with pytest.raises(openai.BadRequestError, match="maximum context length is 2000") as caught:
        await sdk.chat.completions.create(**request)
    assert caught.value.code == "context_length_exceeded"
    assert await sdk.chat.completions.create(**code("sim-context-too-long"))


async def test_a_flapping_model_fails_every_second_time(sdk: AsyncOpenAI, code: Code) -> None:
    """Whatever it is asked."""
    worked = []
    for number in range(4):
        try:
            await sdk.chat.completions.create(**code("sim-flapping", prompt=f"Counter {number}"))
            worked.append(True)
        except openai.InternalServerError:
            worked.append(False)
    assert worked == [True, False, True, False]


async def test_a_wrong_key_is_refused(sdk: AsyncOpenAI, code: Code) -> None:
    """On every OpenAI route."""
    stranger = sdk.with_options(api_key="another-key")
    with pytest.raises(openai.AuthenticationError) as caught:
        await stranger.chat.completions.create(**code())
    assert caught.value.code == "invalid_api_key"
    with pytest.raises(openai.AuthenticationError):
        await stranger.models.list()


async def test_an_orphaned_tool_call_is_refused(sdk: AsyncOpenAI, code: Code) -> None:
    """A conversation without the result of a call is not accepted."""
    request = code()
    function = {"name": "terminal", "arguments": "{}"}
    call = {"id": "call_1", "type": "function", "function": function}
    request["messages"] += [
        {"role": "assistant", "tool_calls": [call]},
        {"role": "user", "content": "?"},
    ]
    with pytest.raises(openai.BadRequestError, match="did not have response messages: call_1"):
        await sdk.chat.completions.create(**request)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/chat/completions", 400),
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/chat/completions", 405),
    ],
)
async def test_plain_errors_have_the_form_too(
    http: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    """No body, no route, no such method."""
    response = await http.request(method, path)
    assert response.status_code == status
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}


async def test_health_needs_no_key(url: str) -> None:
    """Supervisors and probes ask without one."""
    async with httpx.AsyncClient(base_url=url) as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
