"""For operators: alive, ready, and figures."""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from millstream_gateway.adapters.metrics import Metrics
from millstream_gateway.adapters.readiness import Readiness


def health_router(readiness: Readiness, metrics: Metrics) -> APIRouter:
    router = APIRouter(tags=["health"], default_response_class=PlainTextResponse)

    @router.get("/healthz")
    async def healthz() -> str:
        """Answers as long as the process does."""
        return "ok"

    @router.get("/readyz", responses={503: {"description": "What is missing"}})
    async def readyz() -> PlainTextResponse:
        """Whether broker and store answer; looked up once a second."""
        missing = await readiness.missing()
        return PlainTextResponse(missing or "ready", 503 if missing else 200)

    @router.get("/metrics")
    async def get_metrics() -> Response:
        """Prometheus."""
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router
