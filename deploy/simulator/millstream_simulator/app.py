"""The composition root: settings in, a running server out."""

import time

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from millstream_simulator.catalogue import SPEEDS
from millstream_simulator.errors import Refusal
from millstream_simulator.ledger import Ledger
from millstream_simulator.library import load_library
from millstream_simulator.pacing import Patience
from millstream_simulator.prompt_cache import PromptCache
from millstream_simulator.routes import openai_routes, own_routes
from millstream_simulator.settings import SimulatorSettings
from millstream_simulator.simulator import Simulator


def create_app(settings: SimulatorSettings) -> FastAPI:
    """Load every scenario and build the app; raise ScenarioError if one is broken."""
    simulator = Simulator(
        library=load_library(settings.scenarios),
        speeds={**SPEEDS, **settings.speeds},
        ledger=Ledger(),
        cache=PromptCache(time.monotonic),
        seed=settings.seed,
        retry_after=settings.retry_after,
        stall_after=settings.stall_after_tokens,
    )
    patience = Patience(settings.stall_limit, settings.keep_alive_interval)
    key = settings.api_key.get_secret_value() if settings.api_key else None
    app = FastAPI(title="Millstream simulator", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(openai_routes(simulator, patience, key))
    app.include_router(own_routes(simulator))
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(HTTPException, _no_such_route)
    return app


def run(settings: SimulatorSettings | None = None) -> None:
    """Serve until told to stop; settings come from the environment unless given."""
    settings = settings or SimulatorSettings()
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        access_log=False,
        timeout_graceful_shutdown=1,  # a stalled answer is no reason to stay
    )


async def _refused(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Refusal):
        raise error
    return JSONResponse(error.body, status_code=error.status, headers=error.headers)


async def _no_such_route(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 404
    refusal = Refusal(status, f"Invalid URL ({request.method} {request.url.path})")
    return JSONResponse(refusal.body, status_code=status)
