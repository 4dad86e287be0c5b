"""The gateway's composition root: the one place where its parts are put together."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version

import structlog
import uvloop
from fastapi import FastAPI
from starlette.applications import Starlette

from millstream_gateway.adapters.body_limit import BodyLimit
from millstream_gateway.adapters.door import Door
from millstream_gateway.adapters.first_tokens import FirstTokens
from millstream_gateway.adapters.hub import Hub
from millstream_gateway.adapters.link import Link
from millstream_gateway.adapters.metrics import Metrics
from millstream_gateway.adapters.observe import Observe
from millstream_gateway.adapters.previews import Previews
from millstream_gateway.adapters.readiness import Readiness
from millstream_gateway.adapters.recent import Recent
from millstream_gateway.adapters.runs import Runs
from millstream_gateway.adapters.servers import build_server, listen, serve
from millstream_gateway.adapters.store_client import StoreClient
from millstream_gateway.adapters.streaming import Streaming
from millstream_gateway.core.frames import native
from millstream_gateway.core.preview_links import PreviewLinks
from millstream_gateway.routes import documents, errors
from millstream_gateway.routes.fragments import fragments_router
from millstream_gateway.routes.guard import guarded
from millstream_gateway.routes.health import health_router
from millstream_gateway.routes.messages import messages_router
from millstream_gateway.routes.preview import preview_app
from millstream_gateway.routes.projects import projects_router
from millstream_gateway.routes.socket import socket_router
from millstream_gateway.routes.stream import stream_router
from millstream_gateway.routes.update import update_router
from millstream_gateway.routes.usage import usage_router
from millstream_gateway.settings import GatewaySettings
from millstream_shared.runtime.broker import build_broker
from millstream_shared.runtime.logs import configure_logs
from millstream_shared.runtime.settings import CommonSettings

log = structlog.get_logger()


@dataclass(frozen=True)
class Gateway:
    """The two faces of one process, and the hub that feeds its streams."""

    api: FastAPI
    preview: Starlette
    hub: Hub


def build_gateway(common: CommonSettings, settings: GatewaySettings) -> Gateway:
    link = Link(build_broker(common, "gateway", settings.graceful_timeout))
    store, metrics = StoreClient(link), Metrics()
    runs = Runs(link, store)
    links = PreviewLinks(settings.preview_base, _secret(settings), settings.preview_seconds)
    encode = native(links.url)
    recent = Recent(settings.recent_bytes)
    hub = Hub(encode, recent, settings.viewer_bytes)
    first_tokens = FirstTokens(store, metrics)
    streaming = Streaming(hub, recent, runs, encode, metrics, first_tokens, settings.keep_alive)
    door = Door(store, settings.key_cache_seconds)
    behind_door = guarded(door)

    api = _api(link, hub)
    api.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    api.add_middleware(Observe, metrics=metrics)  # the one added last is outermost
    errors.install(api)
    for router in (
        update_router(door, store),
        projects_router(behind_door, store),
        messages_router(behind_door, store, runs, links),
        stream_router(behind_door, store, streaming),
        socket_router(door, store, runs, streaming, settings.introduction_seconds),
        fragments_router(behind_door, store, links),
        usage_router(behind_door, store),
        health_router(Readiness(store), metrics),
    ):
        api.include_router(router)
    return Gateway(api, preview_app(Previews(store), links), hub)


def build(common: CommonSettings, settings: GatewaySettings) -> FastAPI:
    """The API alone."""
    return build_gateway(common, settings).api


def run() -> None:
    """Serves API and previews until SIGTERM or SIGINT."""
    common, settings = CommonSettings(), GatewaySettings()
    configure_logs("gateway", common)
    gateway = build_gateway(common, settings)
    timeout = settings.graceful_timeout
    servers = {
        _listen(settings, "port"): build_server(
            gateway.api, lifespan=True, graceful_timeout=timeout
        ),
        _listen(settings, "preview_port"): build_server(
            gateway.preview, lifespan=False, graceful_timeout=timeout
        ),
    }
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(servers, gateway.hub.close))


def _listen(settings: GatewaySettings, port: str) -> socket.socket:
    """A socket on the port of that setting."""
    return listen(
        settings.host,
        getattr(settings, port),
        f"MILLSTREAM_GATEWAY_{port.upper()}",
        settings.viewer_stall_seconds,
    )


def _api(link: Link, hub: Hub) -> FastAPI:
    api = FastAPI(
        title="Millstream",
        description=documents.DESCRIPTION,
        version=version("millstream"),
        openapi_tags=documents.TAGS,
        generate_unique_id_function=documents.operation_id,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(link, hub),
    )
    documents.add_problem_schema(api)
    return api


def _lifespan(link: Link, hub: Hub) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    async def connect() -> None:
        try:
            await link.open(hub.refresh)
            await hub.open(link.client)
        except Exception:
            log.exception("cannot connect to the broker")
            raise

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        connecting = asyncio.create_task(connect())
        yield
        connecting.cancel()
        hub.close()
        await link.close()

    return lifespan


def _secret(settings: GatewaySettings) -> str:
    if settings.preview_secret:
        return settings.preview_secret.get_secret_value()
    log.warning("preview links end with this process; set MILLSTREAM_GATEWAY_PREVIEW_SECRET")
    return secrets.token_urlsafe(32)


if __name__ == "__main__":
    run()
