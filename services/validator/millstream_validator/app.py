"""Composition root of the validator service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from faststream.asgi import AsgiFastStream

from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import Framework
from millstream_shared.runtime import streams
from millstream_shared.runtime.blobs import BlobStore
from millstream_shared.runtime.broker import build_broker
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.cancels import CancelBoard
from millstream_shared.runtime.desk import Desk
from millstream_shared.runtime.health import health_routes
from millstream_shared.runtime.service import run_service
from millstream_shared.runtime.settings import CommonSettings
from millstream_validator import handlers
from millstream_validator.adapters.bubblewrap import BubblewrapSandbox
from millstream_validator.adapters.layers import Layers
from millstream_validator.adapters.templates import load_templates
from millstream_validator.adapters.workbench import Bench, Workbench
from millstream_validator.core.sandbox import Limits
from millstream_validator.handlers import WorkshopHandlers
from millstream_validator.settings import ValidatorSettings

logger = structlog.get_logger()


@dataclass
class Readiness:
    """Whether the workshop takes work."""

    open: bool = False


def build(common: CommonSettings, settings: ValidatorSettings) -> AsgiFastStream:
    """The service, not yet started."""
    broker = build_broker(common, "validator", settings.graceful_timeout)
    workshop = WorkshopHandlers(2 * settings.wall_seconds, common.ack_wait)
    handlers.subscribe(broker, workshop, settings.slots, common.ack_wait)
    readiness = Readiness()

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        sandbox = await BubblewrapSandbox.create(settings.slots)
        benches = await _set_up(settings)
        bus = Bus(await broker.connect())
        await _declare(bus, common.ack_wait)
        workshop.desk = Desk(bus)
        workshop.cancels = await CancelBoard.open(bus)
        workshop.bench = Workbench(
            sandbox,
            await BlobStore.open(bus),
            benches,
            settings.work_dir,
            Limits(wall_seconds=settings.wall_seconds),
        )
        await _publish_cards(bus, benches)
        readiness.open = True
        try:
            yield
        finally:
            sandbox.close()

    async def missing() -> str | None:
        ready = readiness.open and await broker.ping(timeout=2)
        return None if ready else "the broker is not connected"

    return AsgiFastStream(
        broker, logger=None, lifespan=lifespan, asgi_routes=health_routes(missing)
    )


async def _set_up(settings: ValidatorSettings) -> dict[Framework, Bench]:
    """Every template with its libraries installed."""
    layers = Layers(settings.cache_dir, settings.install_seconds)
    return {
        template.card.framework: Bench(template.card, await layers.ensure(template))
        for template in load_templates(settings.templates_dir)
    }


async def _declare(bus: Bus, ack_wait: float) -> None:
    await streams.declare(bus.js)
    for consumer in handlers.consumers(ack_wait):
        await streams.declare_consumer(bus.js, subjects.CHECKS, consumer)


async def _publish_cards(bus: Bus, benches: dict[Framework, Bench]) -> None:
    cards = await bus.js.key_value(subjects.CARDS)
    for framework, bench in benches.items():
        await cards.put(framework, bench.card.encode())


def run() -> None:
    """Runs the service until it is told to stop."""
    common, settings = CommonSettings(), ValidatorSettings()
    run_service("validator", build(common, settings), common, settings)
