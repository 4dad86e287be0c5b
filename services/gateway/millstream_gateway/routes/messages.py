"""Messages: prompts in, answers out."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Security
from fastapi.routing import APIRoute

from millstream_gateway.adapters.runs import Runs
from millstream_gateway.adapters.store_client import StoreClient
from millstream_gateway.core.bodies import IDEMPOTENCY_KEY_PATTERN, NewMessage
from millstream_gateway.core.preview_links import PreviewLinks
from millstream_gateway.routes.documents import WITH_BODY, errors
from millstream_gateway.routes.guard import BEARER, Asker, Id, PageCursor, PageSize
from millstream_shared.contracts import store as verbs
from millstream_shared.contracts.model import Contract
from millstream_shared.contracts.views import MessageView
from millstream_shared.runtime.errors import Transient

IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=IDEMPOTENCY_KEY_PATTERN,
        description="The same key gives the same answer, and costs one credit",
    ),
]


class MessageAccepted(Contract):
    """Your message, and the assistant's, which an agent will write."""

    user_message: MessageView
    message: MessageView
    stream_url: str


class CancelAccepted(Contract):
    message_id: str


def messages_router(
    guarded: type[APIRoute], store: StoreClient, runs: Runs, links: PreviewLinks
) -> APIRouter:
    router = APIRouter(
        prefix="/api", tags=["messages"], route_class=guarded, dependencies=[Security(BEARER)]
    )

    @router.post(
        "/projects/{project_id}/messages",
        status_code=202,
        responses=errors("not_found", "conflict", "credits_exhausted", "queue_full", *WITH_BODY),
    )
    async def create_message(
        asker: Asker, project_id: Id, body: NewMessage, idempotency_key: IdempotencyKey = None
    ) -> MessageAccepted:
        """Ask for an app, or for a change to it. Costs a credit, given back if it fails."""
        await runs.check_room()
        question = verbs.BeginGeneration(
            user_id=asker.user_id,
            project_id=project_id,
            content=body.content,
            framework=body.framework,
            cache=body.cache,
            idempotency_key=idempotency_key,
        )
        begun = await store.ask(verbs.BEGIN_GENERATION, question)
        if begun.request:  # repeated while no agent has begun; the queue drops doubles by id
            with suppress(Transient):  # it is in the store's outbox, too; here it is only faster
                await runs.request(begun.request)
        return MessageAccepted(
            user_message=begun.user_message,
            message=begun.message,
            stream_url=f"/api/messages/{begun.message.id}/stream",
        )

    @router.get("/projects/{project_id}/messages", responses=errors("not_found", "invalid"))
    async def list_messages(
        asker: Asker, project_id: Id, cursor: PageCursor = None, limit: PageSize = 20
    ) -> verbs.MessagePage:
        """A project's conversation, oldest first, with what was made."""
        question = verbs.ListMessages(
            user_id=asker.user_id, project_id=project_id, cursor=cursor, limit=limit
        )
        page = await store.ask(verbs.LIST_MESSAGES, question)
        now = datetime.now(UTC)
        items = tuple(links.sign_message(message, now) for message in page.items)
        return page.model_copy(update={"items": items})

    @router.get("/messages/{message_id}", responses=errors("not_found", "invalid"))
    async def get_message(asker: Asker, message_id: Id) -> MessageView:
        """One message with its fragment, checks and usage."""
        question = verbs.OneMessage(user_id=asker.user_id, message_id=message_id)
        return links.sign_message(await store.ask(verbs.GET_MESSAGE, question), datetime.now(UTC))

    @router.get("/messages/{message_id}/transitions", responses=errors("not_found", "invalid"))
    async def list_transitions(asker: Asker, message_id: Id) -> verbs.Transitions:
        """Every change of the message's status."""
        question = verbs.OneMessage(user_id=asker.user_id, message_id=message_id)
        return await store.ask(verbs.LIST_TRANSITIONS, question)

    @router.get("/messages/{message_id}/attempts", responses=errors("not_found", "invalid"))
    async def list_attempts(asker: Asker, message_id: Id) -> verbs.Attempts:
        """Every question to a model provider that the message took, also those that failed."""
        question = verbs.OneMessage(user_id=asker.user_id, message_id=message_id)
        return await store.ask(verbs.LIST_ATTEMPTS, question)

    @router.post(
        "/messages/{message_id}/cancel",
        status_code=202,
        responses=errors("not_found", "already_complete", "invalid"),
    )
    async def cancel_message(asker: Asker, message_id: Id) -> CancelAccepted:
        """Stop a run. It ends as COMPLETE with type ERROR; what was made is kept."""
        await runs.cancel(verbs.OneMessage(user_id=asker.user_id, message_id=message_id))
        return CancelAccepted(message_id=message_id)

    return router
