"""Beginning a generation: everything that must be true of it, in one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from millstream_shared.contracts.enums import MessageRole, MessageStatus, MessageType, Plan
from millstream_shared.contracts.store import BeginGeneration, GenerationBegun
from millstream_store.core.asking import fingerprint
from millstream_store.core.credits import WINDOW, standing
from millstream_store.core.ids import NewId
from millstream_store.core.lifecycle import State
from millstream_store.core.refusals import no_project, refused
from millstream_store.handlers.lines import Lines, message_views, requested
from millstream_store.handlers.recording import Change, Ring, announce, record
from millstream_store.settings import StoreSettings
from millstream_store.sql.session import Database, Row, Session

TICK: Final = timedelta(milliseconds=1)
"""The answer is younger than its question by the clock's smallest step, so their order is fixed."""


@dataclass(frozen=True)
class Birth:
    """A message about to be created."""

    id: str
    role: MessageRole
    state: State
    at: datetime
    reply_to: str | None = None
    cache: bool = True


class Generations:
    def __init__(
        self,
        database: Database,
        settings: StoreSettings,
        lines: Lines,
        new_id: NewId,
        ring: Ring,
    ) -> None:
        self._database = database
        self._lines = lines
        self._limits = {Plan.FREE: settings.free_credits, Plan.PRO: settings.pro_credits}
        self._new_id = new_id
        self._ring = ring

    async def on_begin_generation(self, request: BeginGeneration) -> GenerationBegun:
        """The two rows; `request` of the answer is set once the message's turn has come and as long
        as no agent has begun.

        Publishing that request twice is harmless (it is deduplicated by message id), losing it
        is not: so it is repeated for a caller that asks again under the same idempotency key.
        """
        async with self._database.transaction() as session:
            user = await session.row("lock_user", user_id=request.user_id)
            project = await session.row(
                "find_project", project_id=request.project_id, user_id=request.user_id
            )
            if user is None or project is None:
                raise no_project()
            earlier = await _earlier(session, request)
            if earlier:
                return await _answer(session, request, earlier["replyTo"], earlier["messageId"])
            await self._require_credit(session, request.user_id, Plan(user["plan"]))
            await self._lines.require_room(session, request.user_id)
            question, answer = await self._create(session, request)
            await self._lines.advance(session, user)
            begun = await _answer(session, request, question.id, answer.id)
        self._ring()
        return begun

    async def _require_credit(self, session: Session, user_id: str, plan: Plan) -> None:
        now = await session.value("clock")
        rows = await session.rows("counted_credits", user_id=user_id, since=now - WINDOW)
        state = standing([row["reservedAt"] for row in rows], self._limits[plan], now)
        if state.retry_after is not None:
            raise refused(
                "credits_exhausted",
                f"all {state.limit} generations of the last 24 hours are used",
                retry_after=state.retry_after,
            )

    async def _create(self, session: Session, request: BeginGeneration) -> tuple[Birth, Birth]:
        now = await session.value("next_moment", project_id=request.project_id)
        question = Birth(
            id=self._new_id(),
            role=MessageRole.USER,
            state=State(MessageStatus.COMPLETE, MessageType.RESULT, 0, request.content),
            at=now,
        )
        answer = Birth(
            id=self._new_id(),
            role=MessageRole.ASSISTANT,
            state=State(MessageStatus.PENDING, MessageType.STREAMING, 0, ""),
            at=now + TICK,
            reply_to=question.id,
            cache=request.cache,
        )
        for birth in (question, answer):
            await _insert(session, request.project_id, birth)
        await record(session, self._born(request, question))
        await announce(session, self._born(request, answer))
        await _book(session, request, answer)
        return question, answer

    def _born(self, request: BeginGeneration, birth: Birth) -> Change:
        return Change(
            id=self._new_id(),
            project_id=request.project_id,
            message_id=birth.id,
            previous=None,
            state=birth.state,
            cause="asked",
            at=birth.at,
        )


async def _earlier(session: Session, request: BeginGeneration) -> Row | None:
    """What the same request has led to before."""
    if request.idempotency_key is None:
        return None
    earlier = await session.row(
        "find_idempotency_key", user_id=request.user_id, key=request.idempotency_key
    )
    if earlier and earlier["requestSha256"] != fingerprint(request):
        raise refused("conflict", "this idempotency key was used for another request")
    return earlier


async def _insert(session: Session, project_id: str, birth: Birth) -> None:
    await session.run(
        "create_message",
        message_id=birth.id,
        content=birth.state.content,
        role=birth.role,
        type=birth.state.type,
        status=birth.state.status,
        project_id=project_id,
        reply_to=birth.reply_to,
        cache=birth.cache,
        created_at=birth.at,
    )


async def _book(session: Session, request: BeginGeneration, answer: Birth) -> None:
    """All that a generation leaves beside its messages: credit, project's framework, key."""
    await session.run(
        "reserve_credit", message_id=answer.id, user_id=request.user_id, reserved_at=answer.at
    )
    await session.run(
        "change_project",
        project_id=request.project_id,
        user_id=request.user_id,
        name=None,
        framework=request.framework,
    )
    if request.idempotency_key is not None:
        await session.run(
            "save_idempotency_key",
            user_id=request.user_id,
            key=request.idempotency_key,
            request_sha256=fingerprint(request),
            message_id=answer.id,
            created_at=answer.at,
        )


async def _answer(
    session: Session, request: BeginGeneration, question_id: str, answer_id: str
) -> GenerationBegun:
    rows = await session.rows(
        "find_messages", message_ids=[question_id, answer_id], user_id=request.user_id
    )
    question, answer = await message_views(session, rows, request.user_id)
    with_agents = rows[1]["dispatchedAt"] is not None
    begun = answer.status is not MessageStatus.PENDING
    row = {**rows[1], "userId": request.user_id}
    return GenerationBegun(
        user_message=question,
        message=answer,
        request=requested(row) if with_agents and not begun else None,
    )
