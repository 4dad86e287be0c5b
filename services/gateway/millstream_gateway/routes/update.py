"""The seed's `PATCH /api/messages/update`, with its own order of checks and its own errors."""

import structlog
from fastapi import APIRouter, Request, Response, Security
from starlette.requests import ClientDisconnect

from millstream_gateway.adapters.door import Door
from millstream_gateway.adapters.store_client import StoreClient
from millstream_gateway.core import seed_update
from millstream_gateway.core.problems import Problem
from millstream_gateway.core.strict_json import NotAcceptable
from millstream_gateway.routes.documents import errors
from millstream_gateway.routes.guard import BEARER
from millstream_gateway.routes.update_document import UPDATE
from millstream_shared.contracts.store import UPDATE_MESSAGE, Refused, UpdateMessage

log = structlog.get_logger()


def update_router(door: Door, store: StoreClient) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["messages"], dependencies=[Security(BEARER)])

    @router.patch(
        "/messages/update",
        openapi_extra=UPDATE,
        responses=errors("body_too_large", everywhere=()),
    )
    async def update_message(request: Request) -> Response:
        """Set a message's content, and its status (STREAMING when not given)."""
        try:
            status, body = await _answer(request, door, store)
        except (Problem, ClientDisconnect):
            raise
        except Exception:  # whatever it is, the seed has one answer for it
            log.exception("update failed")
            status, body = seed_update.FAILED
        return Response(body, status, media_type="application/json")

    return router


async def _answer(request: Request, door: Door, store: StoreClient) -> tuple[int, bytes]:
    try:
        principal = await door.admit(request.headers.get("authorization"))
    except Problem:
        return seed_update.UNAUTHORIZED
    try:
        update = seed_update.parse(await request.body())
    except NotAcceptable:
        return seed_update.INVALID_JSON
    except seed_update.InvalidBody:
        return seed_update.INVALID_BODY
    question = UpdateMessage(
        user_id=principal.user_id,
        message_id=update.messageId,
        content=update.content,
        status=update.status,
    )
    try:
        row = await store.ask(UPDATE_MESSAGE, question)
    except Refused as refused:
        if refused.refusal.code in {"forbidden", "not_found"}:
            return seed_update.FORBIDDEN
        raise
    return 200, seed_update.success(row)
