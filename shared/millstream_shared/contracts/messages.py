"""What other services may subscribe to."""

from millstream_shared.contracts.enums import MessageStatus, MessageType
from millstream_shared.contracts.model import Contract, Instant


class MessageStatusChanged(Contract):
    """Signals, after commit, that a message moved to another status.

    Published by the store from its outbox on `message.<project_id>.<message_id>.<status>`.
    """

    event_id: str
    project_id: str
    message_id: str
    previous: MessageStatus | None = None
    status: MessageStatus
    message_type: MessageType
    attempt: int
    cause: str
    at: Instant
