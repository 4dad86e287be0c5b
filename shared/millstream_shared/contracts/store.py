"""The store's verbs: NATS request/reply on `store.<verb>`, asked by the gateway and the agent.

A reply is either the verb's reply model or a `Refusal`; both travel in a `Reply` envelope.
Ownership is checked in the store's SQL: another user's row is `not_found`.
"""

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from millstream_shared.contracts.enums import Framework, MessageStatus, Plan
from millstream_shared.contracts.generation import GenerationContext, GenerationRequested
from millstream_shared.contracts.metrics import MetricsSummary, Window
from millstream_shared.contracts.model import Contract
from millstream_shared.contracts.views import (
    AttemptView,
    FragmentView,
    MessageRow,
    MessageView,
    Principal,
    ProjectView,
    TransitionView,
    UsageView,
)

Code = Literal[
    "not_found",
    "forbidden",
    "unauthorized",
    "invalid",
    "conflict",
    "credits_exhausted",
    "already_complete",
    "queue_full",
    "unavailable",
]


class Refusal(Contract):
    """Why the store said no; `code` is stable, `detail` is for people and names the fix."""

    code: Code
    detail: str
    retry_after: float | None = None
    """Seconds."""


class Refused(Exception):
    """The store refused a request; carries the Refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.code}: {refusal.detail}")
        self.refusal = refusal


class Authenticate(Contract):
    """An API key's public id and the SHA-256 (hex) of its secret part."""

    key_id: str
    secret_sha256: str


class CreateKey(Contract):
    """A new key for the user of that name, who is created when new."""

    user: str
    plan: Plan | None = None


class NewKey(Contract):
    """The one time a key is shown."""

    key: str
    user_id: str
    plan: Plan


class CreateProject(Contract):
    user_id: str
    name: str | None = None
    framework: Framework | None = None


class OneProject(Contract):
    user_id: str
    project_id: str


class ListProjects(Contract):
    user_id: str
    cursor: str | None = None
    limit: int = 20


class ProjectPage(Contract):
    items: tuple[ProjectView, ...]
    next_cursor: str | None = None


class ChangeProject(Contract):
    user_id: str
    project_id: str
    name: str | None = None
    framework: Framework | None = None


class Nothing(Contract):
    """An empty reply."""


class BeginGeneration(Contract):
    """One transaction: ownership, credits, the USER row and the PENDING ASSISTANT row."""

    user_id: str
    project_id: str
    content: str
    framework: Framework | None = None
    cache: bool = True
    """Whether known answers of models may be used again."""
    idempotency_key: str | None = None


class GenerationBegun(Contract):
    """The two rows; `request` is set once the message's turn has come and as long as no agent has
    begun, also in a repeated answer.
    """

    user_message: MessageView
    message: MessageView
    request: GenerationRequested | None = None


class OneMessage(Contract):
    user_id: str
    message_id: str


class MessageCancelled(Contract):
    """What became of a cancel: `ended` if the message was still in its line and is complete now;
    otherwise an agent has it, or will, and must be told.
    """

    ended: bool


class ListMessages(Contract):
    user_id: str
    project_id: str
    cursor: str | None = None
    limit: int = 20


class MessagePage(Contract):
    """Oldest first."""

    items: tuple[MessageView, ...]
    next_cursor: str | None = None


class Transitions(Contract):
    items: tuple[TransitionView, ...]


class Attempts(Contract):
    """The ledger of one message, in the order of asking."""

    items: tuple[AttemptView, ...]


class FirstTokenSeen(Contract):
    """Told by a gateway right after a live viewer was sent the first text or file of a message."""

    message_id: str


class FirstTokenNoted(Contract):
    """`seconds` since the message's creation; None when it was told before."""

    seconds: float | None = None


class GetSummary(Contract):
    user_id: str
    window: Window


class UpdateMessage(Contract):
    """The seed's PATCH: `forbidden` for a message that is missing or another user's."""

    user_id: str
    message_id: str
    content: str
    status: MessageStatus = MessageStatus.STREAMING


class OneFragment(Contract):
    user_id: str
    fragment_id: str


class PreviewFile(Contract):
    """Asks for one built file; whoever holds a signed preview link may."""

    fragment_id: str
    path: str


class PreviewContent(Contract):
    """A built file, named by its blob."""

    sha256: str
    data: str
    """Base64."""


class OneUser(Contract):
    user_id: str


class GetContext(Contract):
    """Asked by the agent: the message, its project's files and the last `history` turns."""

    message_id: str
    history: int


Request = TypeVar("Request", bound=Contract)
Answer = TypeVar("Answer", bound=Contract)


@dataclass(frozen=True)
class Verb(Generic[Request, Answer]):
    """One question the store answers."""

    name: str
    request: type[Request]
    answer: type[Answer]

    @property
    def subject(self) -> str:
        return f"store.{self.name}"


AUTHENTICATE = Verb("authenticate", Authenticate, Principal)
CREATE_KEY = Verb("create_key", CreateKey, NewKey)
CREATE_PROJECT = Verb("create_project", CreateProject, ProjectView)
GET_PROJECT = Verb("get_project", OneProject, ProjectView)
LIST_PROJECTS = Verb("list_projects", ListProjects, ProjectPage)
CHANGE_PROJECT = Verb("change_project", ChangeProject, ProjectView)
DELETE_PROJECT = Verb("delete_project", OneProject, Nothing)
BEGIN_GENERATION = Verb("begin_generation", BeginGeneration, GenerationBegun)
GET_MESSAGE = Verb("get_message", OneMessage, MessageView)
CANCEL_MESSAGE = Verb("cancel_message", OneMessage, MessageCancelled)
LIST_MESSAGES = Verb("list_messages", ListMessages, MessagePage)
LIST_TRANSITIONS = Verb("list_transitions", OneMessage, Transitions)
LIST_ATTEMPTS = Verb("list_attempts", OneMessage, Attempts)
NOTE_FIRST_TOKEN = Verb("note_first_token", FirstTokenSeen, FirstTokenNoted)
UPDATE_MESSAGE = Verb("update_message", UpdateMessage, MessageRow)
GET_FRAGMENT = Verb("get_fragment", OneFragment, FragmentView)
GET_PREVIEW_FILE = Verb("get_preview_file", PreviewFile, PreviewContent)
GET_USAGE = Verb("get_usage", OneUser, UsageView)
GET_SUMMARY = Verb("get_summary", GetSummary, MetricsSummary)
GET_CONTEXT = Verb("get_context", GetContext, GenerationContext)
