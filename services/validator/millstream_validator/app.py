"""Composition root of the validator service."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog
from faststream.asgi import AsgiFastStream

from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import Framework
from millstream_shared.runtime import streams
from millstream_shared.runtime.blobs import BlobStore
from millstream_shared.runtime.broker import Broker, build_broker
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.cancels import CancelBoard
from millstream_shared.runtime.desk import Desk
from millstream_shared.runtime.health import broker_missing, health_routes
from millstream_shared.runtime.service import run_service
from millstream_shared.runtime.settings import CommonSettings
from millstream_validator.adapters.bubblewrap import BubblewrapSandbox
from millstream_validator.adapters.layers import Layers
from millstream_validator.adapters.templates import load_templates
from millstream_validator.adapters.work_room import WorkRoom
from millstream_validator.adapters.workbench import Bench, Workbench
from millstream_validator.core.sandbox import Limits
from millstream_validator.handlers import queues
from millstream_validator.handlers.undertaker import Undertaker
from millstream_validator.handlers.workshop import WorkshopHandlers
from millstream_validator.settings import ValidatorSettings

HAND_OVER_SECONDS = 2.0
"""Of `graceful_timeout`: what handing over takes at most, with the sandboxes' end before it."""

logger = structlog.get_logger()


@dataclass
class Readiness:
    """Whether the workshop takes work."""

    open: bool = False


def build(common: CommonSettings, settings: ValidatorSettings) -> AsgiFastStream:
    """The service, not yet started."""
    broker = build_broker(common, "validator", settings.graceful_timeout)
    workshop, undertaker = (
        WorkshopHandlers(2 * settings.wall_seconds, common.ack_wait),
        Undertaker(),
    )
    queues.subscribe(broker, workshop, undertaker, settings.slots, common.ack_wait)
    readiness = Readiness()

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        with ExitStack() as held:
            sandbox = await BubblewrapSandbox.create(settings.slots)
            held.callback(sandbox.close)
            room = WorkRoom.open(settings.work_dir)
            held.callback(room.close)
            benches = await _set_up(settings)
            bus = await _connect(broker, benches, common.ack_wait)
            workshop.desk = Desk(bus)
            workshop.cancels = await CancelBoard.open(bus)
            workshop.bench = Workbench(
                sandbox,
                await BlobStore.open(bus),
                benches,
                room.path,
                Limits(wall_seconds=settings.wall_seconds),
            )
            undertaker.bus = bus
            readiness.open = True
            yield

    async def missing() -> str | None:
        return await broker_missing(broker) if readiness.open else "the workshop is not set up yet"

    async def leave() -> None:
        workshop.leave(settings.graceful_timeout - HAND_OVER_SECONDS)

    return AsgiFastStream(
        broker,
        logger=None,
        lifespan=lifespan,
        asgi_routes=health_routes(missing),
        on_shutdown=[leave],
    )


async def _set_up(settings: ValidatorSettings) -> dict[Framework, Bench]:
    """Every template with its libraries installed."""
    layers = Layers(settings.cache_dir, settings.install_seconds)
    return {
        template.card.framework: Bench(template.card, await layers.ensure(template))
        for template in load_templates(settings.templates_dir)
    }


async def _connect(broker: Broker, benches: dict[Framework, Bench], ack_wait: float) -> Bus:
    """A connection on which all that the workshop needs is there, whatever the broker forgets."""
    bus = Bus(await broker.connect())

    async def prepare() -> None:
        await streams.declare(bus.js)
        for stream, consumer in queues.consumers(ack_wait):
            await streams.declare_consumer(bus.js, stream, consumer)
        await _publish_cards(bus, benches)

    await broker.keep(prepare)
    return bus


async def _publish_cards(bus: Bus, benches: dict[Framework, Bench]) -> None:
    cards = await bus.js.key_value(subjects.CARDS)
    for framework, bench in benches.items():
        await cards.put(framework, bench.card.encode())


def run() -> None:
    """Runs the service until it is told to stop."""
    common, settings = CommonSettings(), ValidatorSettings()
    run_service("validator", build(common, settings), common, settings, loop="asyncio")
