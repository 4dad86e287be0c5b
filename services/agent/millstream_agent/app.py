"""Composition root of the agent service."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from faststream.asgi import AsgiFastStream
from openai import AsyncOpenAI

from millstream_agent import handlers
from millstream_agent.adapters.gateway.attempt import Deadlines
from millstream_agent.adapters.gateway.endpoint import Endpoint
from millstream_agent.adapters.gateway.gateway import Gateway
from millstream_agent.adapters.gateway.models import GatewayModels
from millstream_agent.adapters.gateway.providers import catalogue_of
from millstream_agent.adapters.gateway.shared_board import SharedBoard
from millstream_agent.adapters.known_replies import KnownReplies
from millstream_agent.adapters.runner import Runner
from millstream_agent.adapters.telemetry import Telemetry, configure_telemetry
from millstream_agent.core.gateway.configuration import PRESETS
from millstream_agent.core.gateway.hedging import HedgePurse
from millstream_agent.core.gateway.offers import Catalogue, Provider
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
    catalogue = catalogue_of(model_settings, os.environ)
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
        gateway = await build_gateway(bus, catalogue, model_settings, knobs)
        async with aclosing(gateway):
            telemetry = Telemetry()
            telemetry.watch(gateway.standings)
            handler.runner = await _build_runner(bus, gateway, model_settings, telemetry)
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


async def build_gateway(
    bus: Bus, catalogue: Catalogue, settings: ModelSettings, knobs: Knobs
) -> Gateway:
    """The model gateway, in touch with those of other agents."""
    return Gateway(
        catalogue,
        {
            name: Endpoint(_client(provider, settings), knobs.sampling, settings.max_output_tokens)
            for name, provider in catalogue.providers.items()
        },
        await SharedBoard.open(bus, time.time),
        Deadlines(settings.first_token_seconds, settings.idle_seconds, settings.call_seconds),
        HedgePurse(settings.hedge_share),
        knobs.hedging,
        KnownReplies(bus, settings.cache_seconds),
        knobs.cached_roles,
        settings.tokens_per_iteration or None,
    )


def _client(provider: Provider, settings: ModelSettings) -> AsyncOpenAI:
    client = AsyncOpenAI(
        base_url=provider.base_url,
        api_key=provider.api_key,
        max_retries=0,
        timeout=settings.call_seconds,
    )
    if provider.base_url != PRESETS["openai"].base_url:
        # The SDK takes them from the environment, and would tell them to everybody.
        client.organization = client.project = None
    return client


async def _build_runner(
    bus: Bus, gateway: Gateway, settings: ModelSettings, telemetry: Telemetry
) -> Runner:
    return Runner(
        bus,
        await BlobStore.open(bus),
        await bus.js.key_value(subjects.CARDS),
        await CancelBoard.open(bus),
        GatewayModels(bus, gateway, settings.tokens_per_run or None),
        telemetry,
    )


def run() -> None:
    """Runs the service until it is told to stop."""
    common, settings = CommonSettings(), AgentSettings()
    send_off = configure_telemetry()
    run_service("agent", build(common, settings, ModelSettings()), common, settings)
    send_off()
