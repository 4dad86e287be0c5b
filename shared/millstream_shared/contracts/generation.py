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


class TokenBudget(Contract):
    """What a user may spend on one UTC day, and on the project; None is no limit. In tokens.

    `spent` is what the store has on record. The running account is kept by the agents.
    """

    day: str = ""
    user_limit: int | None = None
    user_spent: int = 0
    project_limit: int | None = None
    project_spent: int = 0


class GenerationContext(Contract):
    """All an agent needs to know of a message before it starts, as the store has it."""

    message_id: str
    project_id: str
    status: MessageStatus
    attempt: int = 0
    """The last attempt that the store knows of; the log may have been lost since."""
    cancelled: bool = False
    """The owner wants no run of it, whatever the broker still knows of that."""
    user_id: str = ""
    budget: TokenBudget = TokenBudget()
    cache: bool = True
    """Whether known answers may be used again for this message."""
    prompt: str
    framework: Framework | None = None
    history: tuple[Turn, ...] = ()
    files: dict[str, str] = {}
    """The project's current files: path -> text; empty for a new project."""
