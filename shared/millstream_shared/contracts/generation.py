"""Asking for an app: from the gateway to the agents."""

from millstream_shared.contracts.enums import Framework, Lane, MessageRole, MessageStatus
from millstream_shared.contracts.model import Contract, Instant


class GenerationRequested(Contract):
    """Asks an agent to write the answer to one user message.

    Published by the store when the message's turn has come, and by the gateway, to spare the hop.
    """

    message_id: str
    project_id: str
    user_id: str
    lane: Lane = Lane.HIGH
    requested_at: Instant


class Turn(Contract):
    """One earlier message of the conversation, oldest first."""

    role: MessageRole
    content: str


class GenerationContext(Contract):
    """All an agent needs to know of a message before it starts, as the store has it."""

    message_id: str
    project_id: str
    status: MessageStatus
    attempt: int = 0
    """The last attempt that the store knows of; the log may have been lost since."""
    cancelled: bool = False
    """The owner wants no run of it, whatever the broker still knows of that."""
    prompt: str
    framework: Framework | None = None
    history: tuple[Turn, ...] = ()
    files: dict[str, str] = {}
    """The project's current files: path -> text; empty for a new project."""
