"""Composition root of the agent service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from faststream.asgi import AsgiFastStream
from openai import AsyncOpenAI

from millstream_agent import handlers
from millstream_agent.adapters.openai_model import OpenAIModel
from millstream_agent.adapters.runner import Runner
from millstream_agent.core.knobs import Knobs, knobs_of
from millstream_agent.handlers import GenerationHandler
from millstream_agent.settings import AgentSettings, ModelSettings
from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import Lane
from millstream_shared.runtime import streams
from millstream_shared.runtime.blobs import BlobStore
from millstream_shared.runtime.broker import build_broker
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.cancels import CancelBoard
from millstream_shared.runtime.health import broker_missing, health_routes
from millstream_shared.runtime.service import run_service
from millstream_shared.runtime.settings import CommonSettings


def build(
    common: CommonSettings, settings: AgentSettings, model_settings: ModelSettings
) -> AsgiFastStream:
    """The service, not yet started."""
    knobs = knobs_of(common.profile, settings)
    broker = build_broker(common, "agent", settings.graceful_timeout)
    handler = GenerationHandler(knobs, settings, common.ack_wait)
    handlers.subscribe(broker, handler, settings.slots, common.ack_wait)

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        bus = Bus(await broker.connect())

        async def prepare() -> None:
            await streams.declare(bus.js)
            for lane in Lane:
                consumer = handlers.consumer(lane, common.ack_wait)
                await streams.declare_consumer(bus.js, subjects.GENERATIONS, consumer)

        await broker.keep(prepare)
        async with build_client(model_settings) as client:
            handler.runner = await _build_runner(bus, client, model_settings, knobs)
            yield

    async def missing() -> str | None:
        return await broker_missing(broker) if handler.runner else "the agent is still starting"

    return AsgiFastStream(
        broker,
        logger=None,
        lifespan=lifespan,
        asgi_routes=health_routes(missing),
        on_shutdown=[handler.stop],
    )


def build_client(settings: ModelSettings) -> AsyncOpenAI:
    """The SDK's client. It never retries by itself: the loop decides what a failure means."""
    base_url, key = settings.endpoint()
    return AsyncOpenAI(base_url=base_url, api_key=key, max_retries=0, timeout=settings.call_seconds)


async def _build_runner(
    bus: Bus, client: AsyncOpenAI, settings: ModelSettings, knobs: Knobs
) -> Runner:
    return Runner(
        bus,
        await BlobStore.open(bus),
        await bus.js.key_value(subjects.CARDS),
        await CancelBoard.open(bus),
        OpenAIModel(client, settings, knobs.sampling),
    )


def run() -> None:
    """Runs the service until it is told to stop."""
    common, settings = CommonSettings(), AgentSettings()
    run_service("agent", build(common, settings, ModelSettings()), common, settings)
