"""Four ways to ask the same question of the same provider, which gives the same answer."""

import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import nats
import orjson
from openai import AsyncOpenAI
from pydantic import SecretStr

from deploy.bench.litellm_proxy import KEY
from deploy.bench.overhead_provider import ANSWER
from millstream_agent.adapters.gateway.gateway import RunModel
from millstream_agent.adapters.gateway.models import GatewayModels
from millstream_agent.adapters.gateway.providers import catalogue_of
from millstream_agent.app import build_gateway
from millstream_agent.core.conversation import ChatMessage, system, user
from millstream_agent.core.gateway.ledger import Ledger
from millstream_agent.core.knobs import OPTIMIZED
from millstream_agent.core.ports import ModelCall
from millstream_agent.settings import ModelSettings
from millstream_shared.contracts.enums import MessageStatus, Role
from millstream_shared.contracts.generation import GenerationContext, TokenBudget
from millstream_shared.runtime import streams
from millstream_shared.runtime.bus import Bus

BARE, LINES, OURS, LITELLM = "bare SDK", "SDK, raw lines", "Millstream", "LiteLLM"

Ask = Callable[[int], Coroutine[Any, Any, str]]
"""Asks once, as the worker of that number, and returns the whole answer."""

PROMPT: Final = "You write titles for apps, in three words, without quotation marks. " * 25
RUN_CALLS: Final = 5
"""A message takes no fewer: choosing the framework, two iterations, title and response."""
TOKENS_A_DAY: Final = 1_000_000_000


@dataclass(frozen=True)
class Servers:
    """Where the provider and LiteLLM answer (up to /v1), and the broker; LiteLLM may be missing."""

    provider: str
    broker: str
    litellm: str | None


@asynccontextmanager
async def sides(servers: Servers, model: str) -> AsyncIterator[Mapping[str, Ask]]:
    """The ways to ask, by name, each with connections of its own."""
    async with AsyncExitStack() as stack:
        bare = await stack.enter_async_context(_sdk(servers.provider, "none"))
        lines = await stack.enter_async_context(_sdk(servers.provider, "none"))
        ways = {BARE: typed(bare, model), LINES: raw_lines(lines, model)}
        ways[OURS] = await stack.enter_async_context(our_gateway(servers, model))
        if servers.litellm:
            proxy = await stack.enter_async_context(_sdk(servers.litellm, KEY))
            ways[LITELLM] = typed(proxy, model)
        yield ways


def typed(client: AsyncOpenAI, model: str) -> Ask:
    """The SDK's stream of chunk objects."""

    async def ask(_: int) -> str:
        answer = ""
        async with await client.chat.completions.create(**_request(model)) as stream:
            async for chunk in stream:
                for choice in chunk.choices:
                    answer += choice.delta.content or ""
        return answer

    return ask


def raw_lines(client: AsyncOpenAI, model: str) -> Ask:
    """The SDK's connection, but no chunk objects."""
    create = client.chat.completions.with_streaming_response.create

    async def ask(_: int) -> str:
        answer = ""
        async with create(**_request(model)) as response:
            async for line in response.iter_lines():
                if line.startswith("data: {"):
                    for choice in orjson.loads(line[6:])["choices"]:
                        answer += choice["delta"].get("content") or ""
        return answer

    return ask


@asynccontextmanager
async def our_gateway(servers: Servers, model: str) -> AsyncIterator[Ask]:
    """Everything that a call in production has, in the role that costs most.

    It looks for a known answer and keeps the new one, pays from the user's account for the day at
    the broker and settles, and shares with other agents what it learned of the provider. Each
    worker is another user, whose runs take `RUN_CALLS` calls.
    """
    client = await nats.connect(servers.broker)
    bus = Bus(client)
    await streams.declare(bus.js)
    settings = ModelSettings(
        providers=None,
        ai_gateway_api_key=None,
        openai_api_key=SecretStr("none"),
        openai_base_url=servers.provider,
        model=model,
        role_models={},
    )
    gateway = await build_gateway(bus, catalogue_of(settings, {}), settings, OPTIMIZED)
    models = GatewayModels(bus, gateway, settings.tokens_per_run)
    runs = defaultdict[int, Iterator[RunModel]](lambda: iter(()))

    def begin(worker: int) -> RunModel:
        context = _context(f"message-{next(_numbers)}", f"user-{worker}")
        run = models.for_run(context, Ledger(context.message_id, 1))
        runs[worker] = itertools.repeat(run, RUN_CALLS - 1)
        return run

    async def ask(worker: int) -> str:
        run = next(runs[worker], None) or begin(worker)
        async with run.open(ModelCall(Role.TITLE, _messages())) as replies:
            async for reply in replies:
                answer = reply.text
        return answer

    async with aclosing(gateway):
        yield ask
    await client.close()


def check(answer: str) -> None:
    """Raises RuntimeError for any answer but the provider's: what breaks off is quick."""
    if answer != ANSWER:
        raise RuntimeError(f"not the provider's answer: {answer[:200]!r}")


def _sdk(url: str, key: str) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=url, api_key=key, max_retries=0, timeout=120)


_numbers = itertools.count()


def _messages() -> list[ChatMessage]:
    """A question that nobody has asked before."""
    return [system(PROMPT), user(f"App number {next(_numbers)}")]


def _request(model: str) -> dict[str, Any]:
    """What the gateway sends for a title, too."""
    return {
        "model": model,
        "messages": _messages(),
        "max_completion_tokens": 16_000,
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.3,
    }


def _context(message_id: str, user_id: str) -> GenerationContext:
    return GenerationContext(
        message_id=message_id,
        project_id="project",
        status=MessageStatus.STREAMING,
        user_id=user_id,
        budget=TokenBudget(day="2026-01-01", user_limit=TOKENS_A_DAY),
        prompt="A title",
    )
