"""Credits and tokens."""

from fastapi import APIRouter, Security
from fastapi.routing import APIRoute

from millstream_gateway.adapters.store_client import StoreClient
from millstream_gateway.routes.documents import errors
from millstream_gateway.routes.guard import BEARER, Asker
from millstream_shared.contracts.store import GET_USAGE, OneUser
from millstream_shared.contracts.views import UsageView


def usage_router(guarded: type[APIRoute], store: StoreClient) -> APIRouter:
    router = APIRouter(
        prefix="/api", tags=["usage"], route_class=guarded, dependencies=[Security(BEARER)]
    )

    @router.get("/usage", responses=errors())
    async def get_usage(asker: Asker) -> UsageView:
        """Your credits over the last 24 hours, and the tokens they bought."""
        return await store.ask(GET_USAGE, OneUser(user_id=asker.user_id))

    return router
