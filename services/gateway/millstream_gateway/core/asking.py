"""When an accepted prompt has to be put on the agents' queue."""

from datetime import datetime

from millstream_shared.contracts.enums import MessageStatus
from millstream_shared.contracts.generation import GenerationRequested
from millstream_shared.contracts.store import GenerationBegun


def request_of(begun: GenerationBegun, user_id: str, now: datetime) -> GenerationRequested | None:
    """What to queue; None when an agent has it already.

    A repeated question (same Idempotency-Key) whose message still waits is queued again: the first
    try may have ended between the store and the queue, and the queue drops doubles by id.
    """
    message = begun.message
    if begun.request or message.status is not MessageStatus.PENDING:
        return begun.request
    return GenerationRequested(
        message_id=message.id, project_id=message.project_id, user_id=user_id, requested_at=now
    )
