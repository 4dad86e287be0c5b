"""Credits, tokens and figures."""

from typing import Annotated

from fastapi import APIRouter, Query, Security
from fastapi.routing import APIRoute

from millstream_gateway.adapters.store_client import StoreClient
from millstream_gateway.routes.documents import errors
from millstream_gateway.routes.guard import BEARER, Asker
from millstream_shared.contracts.metrics import MetricsSummary, Window
from millstream_shared.contracts.store import GET_SUMMARY, GET_USAGE, GetSummary, OneUser
from millstream_shared.contracts.views import UsageView

ThisLong = Annotated[Window, Query(description="How long a stretch of time, up to now")]


def usage_router(guarded: type[APIRoute], store: StoreClient) -> APIRouter:
    router = APIRouter(
        prefix="/api", tags=["usage"], route_class=guarded, dependencies=[Security(BEARER)]
    )

    @router.get("/usage", responses=errors())
    async def get_usage(asker: Asker) -> UsageView:
        """Your credits over the last 24 hours, what they bought, and the day's tokens."""
        return await store.ask(GET_USAGE, OneUser(user_id=asker.user_id))

    @router.get("/metrics/summary", responses=errors("invalid"))
    async def get_summary(asker: Asker, window: ThisLong = "24h") -> MetricsSummary:
        """How your runs did: times, speed, errors, tokens, cost; as a whole and for charts."""
        return await store.ask(GET_SUMMARY, GetSummary(user_id=asker.user_id, window=window))

    return router
