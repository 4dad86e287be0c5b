"""Fragments: what a run made."""

from datetime import UTC, datetime

from fastapi import APIRouter, Security
from fastapi.routing import APIRoute

from millstream_gateway.adapters.store_client import StoreClient
from millstream_gateway.core.preview_links import PreviewLinks
from millstream_gateway.routes.documents import errors
from millstream_gateway.routes.guard import BEARER, Asker, Id
from millstream_shared.contracts.store import GET_FRAGMENT, OneFragment
from millstream_shared.contracts.views import FragmentView


def fragments_router(guarded: type[APIRoute], store: StoreClient, links: PreviewLinks) -> APIRouter:
    router = APIRouter(
        prefix="/api", tags=["fragments"], route_class=guarded, dependencies=[Security(BEARER)]
    )

    @router.get("/fragments/{fragment_id}", responses=errors("not_found", "invalid"))
    async def get_fragment(asker: Asker, fragment_id: Id) -> FragmentView:
        """A result: its files, and a signed link to its preview."""
        question = OneFragment(user_id=asker.user_id, fragment_id=fragment_id)
        fragment = await store.ask(GET_FRAGMENT, question)
        return links.sign_fragment(fragment, datetime.now(UTC))

    return router
