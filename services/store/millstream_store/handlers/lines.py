"""Dispatching messages whose turn has come, and telling the others why they wait."""

from collections.abc import Sequence

from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import Lane, Plan
from millstream_shared.contracts.generation import GenerationRequested
from millstream_shared.contracts.views import MessageView
from millstream_store.core.lines import Place, turns, waiting
from millstream_store.core.refusals import refused
from millstream_store.settings import StoreSettings
from millstream_store.sql.session import Row, Session
from millstream_store.sql.views import message_view

RETRY_AFTER = 30.0
"""Seconds; about what a short run takes to end and make room."""


class Lines:
    """One line a user. Whoever changes it holds the user's row (`lock_user` or `lock_owners`)."""

    def __init__(self, settings: StoreSettings) -> None:
        self._most_waiting = settings.waiting_per_user
        self.at_once = {
            Plan.FREE: settings.free_runs_at_once,
            Plan.PRO: settings.pro_runs_at_once,
        }

    async def require_room(self, session: Session, user_id: str) -> None:
        """Refuses when as many of the user's messages wait as may."""
        line = await _line(session, user_id)
        if sum(not place.dispatched for place in line) >= self._most_waiting:
            raise refused(
                "queue_full",
                f"{self._most_waiting} of your messages wait already; let some of them end",
                retry_after=RETRY_AFTER,
            )

    async def advance(self, session: Session, user: Row) -> None:
        """Sends those to the agents whose turn has come, by way of the outbox."""
        line = await _line(session, user["id"])
        for turn in turns(line, self.at_once[Plan(user["plan"])]):
            sent = await session.row("dispatch_message", message_id=turn.message_id, lane=turn.lane)
            if sent:
                await _queue(session, requested({**sent, "userId": user["id"]}))


async def message_views(
    session: Session, rows: Sequence[Row], user_id: str
) -> tuple[MessageView, ...]:
    """Rows of `find_messages` as their owner sees them."""
    views = tuple(message_view(row) for row in rows)
    if not any(is_waiting(row) for row in rows):
        return views
    reasons = waiting(await _line(session, user_id))
    return tuple(view.model_copy(update={"waiting": reasons.get(view.id)}) for view in views)


def is_waiting(row: Row) -> bool:
    """Whether a message (with all its columns) is held back in its line."""
    return bool(row["status"] != "COMPLETE" and row["replyTo"] and row["dispatchedAt"] is None)


def requested(row: Row) -> GenerationRequested:
    """The request for an agent, of a message that was dispatched."""
    return GenerationRequested(
        message_id=row["id"],
        project_id=row["projectId"],
        user_id=row["userId"],
        lane=Lane(row["lane"]),
        requested_at=row["dispatchedAt"],
    )


async def _line(session: Session, user_id: str) -> list[Place]:
    rows = await session.rows("find_line", user_id=user_id)
    return [Place(row["id"], row["projectId"], row["dispatchedAt"] is not None) for row in rows]


async def _queue(session: Session, request: GenerationRequested) -> None:
    """In the transaction that decides it, so that no message whose turn has come can miss the
    queue. The gateway may publish it too, to spare the hop: the broker knows both by the id.
    """
    await session.run(
        "put_in_outbox",
        event_id=request.message_id,
        subject=subjects.generation_requested(request.lane, request.user_id, request.message_id),
        payload=request.encode(),
        created_at=request.requested_at,
    )
