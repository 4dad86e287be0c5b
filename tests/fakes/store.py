"""The store at its port: the verbs over NATS, from rows in memory."""

import base64
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import uuid_utils
from nats.aio.client import Client
from nats.aio.msg import Msg

from millstream_shared.contracts import store as verbs
from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import (
    AttemptOutcome,
    ErrorType,
    MessageRole,
    MessageStatus,
    MessageType,
    Plan,
    Role,
)
from millstream_shared.contracts.facts import ModelUsage
from millstream_shared.contracts.generation import GenerationRequested
from millstream_shared.contracts.keys import ApiKey
from millstream_shared.contracts.metrics import (
    AttemptFigures,
    CacheFigures,
    MetricsSummary,
    Percentiles,
    RunFigures,
    TimeToFirstToken,
    TokenFigures,
)
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
from millstream_shared.runtime.settled import settle

NOW = datetime(2025, 10, 19, 2, 32, 26, 123000, tzinfo=UTC)

Row = TypeVar("Row")


def new_id() -> str:
    return str(uuid_utils.uuid7())


@dataclass
class FakeStore:
    """Rows by id, each with its owner. `refusals` makes a verb refuse; `asked` counts questions."""

    keys: dict[str, Principal] = field(default_factory=dict)
    projects: dict[str, tuple[str, ProjectView]] = field(default_factory=dict)
    messages: dict[str, tuple[str, MessageView]] = field(default_factory=dict)
    fragments: dict[str, tuple[str, FragmentView]] = field(default_factory=dict)
    built: dict[tuple[str, str], bytes] = field(default_factory=dict)
    begun: dict[str, verbs.GenerationBegun] = field(default_factory=dict)
    refusals: dict[str, verbs.Refusal] = field(default_factory=dict)
    refuse_once: dict[str, verbs.Refusal] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    begin_questions: list[verbs.BeginGeneration] = field(default_factory=list)
    first_tokens: list[str] = field(default_factory=list)
    """Each time that a gateway told of a first token: the message's id."""

    client: Client | None = None

    async def open(self, client: Client) -> None:
        self.client = client
        await client.subscribe("store.*", cb=self._on_question)
        await settle(client)  # others ask over connections of their own

    # Rows, made by tests.

    def add_user(self, name: str) -> ApiKey:
        key = ApiKey(key_id=name, secret=hashlib.sha256(name.encode()).hexdigest())
        principal = Principal(user_id=f"user-{name}", name=name, plan=Plan.FREE)
        self.keys[key.secret_sha256] = principal
        return key

    def add_project(self, user_id: str, name: str = "An app") -> ProjectView:
        project = ProjectView(id=new_id(), name=name, created_at=NOW, updated_at=NOW)
        self.projects[project.id] = (user_id, project)
        return project

    def add_message(self, user_id: str, project_id: str, **changes: Any) -> MessageView:
        message = MessageView(
            **{
                "id": new_id(),
                "content": "",
                "role": MessageRole.ASSISTANT,
                "type": MessageType.STREAMING,
                "status": MessageStatus.PENDING,
                "created_at": NOW,
                "updated_at": NOW,
                "project_id": project_id,
                **changes,
            }
        )
        self.messages[message.id] = (user_id, message)
        return message

    def add_fragment(self, user_id: str, message: MessageView, built: dict[str, bytes]) -> str:
        fragment = FragmentView(
            id=new_id(),
            message_id=message.id,
            title="Board",
            framework="REACT",
            files={"src/App.tsx": "export default 1"},
            has_preview=bool(built),
            created_at=NOW,
        )
        self.fragments[fragment.id] = (user_id, fragment)
        self.built |= {(fragment.id, path): content for path, content in built.items()}
        self.change_message(message.id, fragment=fragment)
        return fragment.id

    def change_message(self, message_id: str, **changes: Any) -> None:
        owner, message = self.messages[message_id]
        self.messages[message_id] = (owner, message.model_copy(update=changes))

    def refuse_next(self, verb: str, code: verbs.Code) -> None:
        """Makes the verb refuse its next question only."""
        self.refuse_once[verb] = verbs.Refusal(code=code, detail=f"this is {code}")

    async def complete(self, message_id: str, **changes: Any) -> None:
        """Ends a message and tells other services, as the real store does after its commit."""
        self.change_message(message_id, status=MessageStatus.COMPLETE, **changes)
        _, row = self.messages[message_id]
        assert self.client
        await self.client.publish(
            subjects.message_status_changed(row.project_id, row.id, row.status), b"{}"
        )

    # Questions.

    async def _on_question(self, message: Msg) -> None:
        name = message.subject.removeprefix("store.")
        self.asked[name] = self.asked.get(name, 0) + 1
        verb, answer = _TABLE[name]
        try:
            if refusal := self.refuse_once.pop(name, None) or self.refusals.get(name):
                raise verbs.Refused(refusal)
            content = await answer(self, verb.request.decode(message.data))
        except verbs.Refused as refused:
            await message.respond(b'{"refusal":%s}' % refused.refusal.encode())
        else:
            await message.respond(b'{"answer":%s}' % content.encode())

    async def _authenticate(self, question: verbs.Authenticate) -> Principal:
        principal = self.keys.get(question.secret_sha256)
        if principal is None or principal.name != question.key_id:
            raise _refused("unauthorized")
        return principal

    async def _create_project(self, question: verbs.CreateProject) -> ProjectView:
        project = self.add_project(question.user_id, question.name or "Untitled")
        return self._replace(project, framework=question.framework)

    async def _get_project(self, question: verbs.OneProject) -> ProjectView:
        return _owned(self.projects, question.project_id, question.user_id)

    async def _list_projects(self, question: verbs.ListProjects) -> verbs.ProjectPage:
        items = [row for owner, row in self.projects.values() if owner == question.user_id]
        return verbs.ProjectPage(items=tuple(items[: question.limit]))

    async def _change_project(self, question: verbs.ChangeProject) -> ProjectView:
        project = _owned(self.projects, question.project_id, question.user_id)
        changes = question.model_dump(include={"name", "framework"}, exclude_none=True)
        return self._replace(project, **changes)

    async def _delete_project(self, question: verbs.OneProject) -> verbs.Nothing:
        _owned(self.projects, question.project_id, question.user_id)
        del self.projects[question.project_id]
        return verbs.Nothing()

    async def _begin(self, question: verbs.BeginGeneration) -> verbs.GenerationBegun:
        self.begin_questions.append(question)
        project = _owned(self.projects, question.project_id, question.user_id)
        key = question.idempotency_key
        if key and key in self.begun:
            return self.begun[key]
        user_message = self.add_message(
            question.user_id,
            project.id,
            content=question.content,
            role=MessageRole.USER,
            type=MessageType.RESULT,
            status=MessageStatus.COMPLETE,
        )
        message = self.add_message(question.user_id, project.id)
        request = GenerationRequested(
            message_id=message.id,
            project_id=project.id,
            user_id=question.user_id,
            requested_at=NOW,
        )
        begun = verbs.GenerationBegun(user_message=user_message, message=message, request=request)
        self.begun[key or message.id] = begun
        return begun

    async def _get_message(self, question: verbs.OneMessage) -> MessageView:
        return _owned(self.messages, question.message_id, question.user_id)

    async def _cancel_message(self, question: verbs.OneMessage) -> verbs.MessageCancelled:
        message = _owned(self.messages, question.message_id, question.user_id)
        if message.status is MessageStatus.COMPLETE:
            raise _refused("already_complete")
        if message.waiting:
            await self.complete(
                message.id, type=MessageType.ERROR, reason="cancelled", waiting=None
            )
        return verbs.MessageCancelled(ended=message.waiting is not None)

    async def _list_messages(self, question: verbs.ListMessages) -> verbs.MessagePage:
        project = _owned(self.projects, question.project_id, question.user_id)
        items = [row for _, row in self.messages.values() if row.project_id == project.id]
        return verbs.MessagePage(items=tuple(items[: question.limit]))

    async def _list_transitions(self, question: verbs.OneMessage) -> verbs.Transitions:
        _owned(self.messages, question.message_id, question.user_id)
        first = TransitionView(
            status=MessageStatus.PENDING,
            message_type=MessageType.STREAMING,
            attempt=0,
            cause="created",
            at=NOW,
        )
        return verbs.Transitions(items=(first,))

    async def _list_attempts(self, question: verbs.OneMessage) -> verbs.Attempts:
        _owned(self.messages, question.message_id, question.user_id)
        attempt = AttemptView(
            attempt=1,
            call="code-1",
            number=1,
            role=Role.CODE,
            provider="one",
            model="large",
            outcome=AttemptOutcome.FAILED,
            error_type=ErrorType.CUT,
            hedge=False,
            asked_at=NOW,
            seconds=1.5,
            input_tokens=10,
            cached_input_tokens=0,
            output_tokens=5,
            estimated=True,
            cost=0.001,
        )
        return verbs.Attempts(items=(attempt,))

    async def _note_first_token(self, question: verbs.FirstTokenSeen) -> verbs.FirstTokenNoted:
        first = question.message_id not in self.first_tokens
        self.first_tokens.append(question.message_id)
        return verbs.FirstTokenNoted(seconds=0.25 if first else None)

    async def _get_summary(self, question: verbs.GetSummary) -> MetricsSummary:
        return MetricsSummary(
            window=question.window,
            since=NOW,
            until=NOW,
            bucket_seconds=60,
            runs=RunFigures(total=0, errors=0, cancelled=0),
            ttft=TimeToFirstToken(upstream=Percentiles(), viewer=Percentiles()),
            tokens_per_second=Percentiles(),
            total_time=Percentiles(),
            tokens=TokenFigures(input=0, cached_input=0, output=0),
            cost=0,
            cache=CacheFigures(hits=0, misses=0),
            attempts=AttemptFigures(total=0, failed=0, hedged=0, by_error_type={}),
            providers=(),
            series=(),
        )

    async def _update_message(self, question: verbs.UpdateMessage) -> MessageRow:
        try:
            _owned(self.messages, question.message_id, question.user_id)
        except verbs.Refused as refused:
            raise _refused("forbidden") from refused
        self.change_message(question.message_id, content=question.content, status=question.status)
        return self.messages[question.message_id][1]

    async def _get_fragment(self, question: verbs.OneFragment) -> FragmentView:
        return _owned(self.fragments, question.fragment_id, question.user_id)

    async def _get_preview_file(self, question: verbs.PreviewFile) -> verbs.PreviewContent:
        content = self.built.get((question.fragment_id, question.path))
        if content is None:
            raise _refused("not_found")
        digest = hashlib.sha256(content).hexdigest()
        return verbs.PreviewContent(sha256=digest, data=base64.b64encode(content).decode())

    async def _get_usage(self, _: verbs.OneUser) -> UsageView:
        return UsageView(plan=Plan.FREE, limit=5, used=1, remaining=4, tokens=ModelUsage())

    def _replace(self, project: ProjectView, **changes: Any) -> ProjectView:
        owner, _ = self.projects[project.id]
        changed = project.model_copy(update=changes)
        self.projects[project.id] = (owner, changed)
        return changed


def _owned(rows: dict[str, tuple[str, Row]], row_id: str, user_id: str) -> Row:
    owner, row = rows.get(row_id, (None, None))
    if owner != user_id or row is None:
        raise _refused("not_found")
    return row


def _refused(code: verbs.Code) -> verbs.Refused:
    return verbs.Refused(verbs.Refusal(code=code, detail=f"this is {code}"))


_TABLE: dict[str, tuple[verbs.Verb[Any, Any], Callable[[Any, Any], Awaitable[Contract]]]] = {
    verb.name: (verb, answer)
    for verb, answer in (
        (verbs.AUTHENTICATE, FakeStore._authenticate),
        (verbs.CREATE_PROJECT, FakeStore._create_project),
        (verbs.GET_PROJECT, FakeStore._get_project),
        (verbs.LIST_PROJECTS, FakeStore._list_projects),
        (verbs.CHANGE_PROJECT, FakeStore._change_project),
        (verbs.DELETE_PROJECT, FakeStore._delete_project),
        (verbs.BEGIN_GENERATION, FakeStore._begin),
        (verbs.GET_MESSAGE, FakeStore._get_message),
        (verbs.CANCEL_MESSAGE, FakeStore._cancel_message),
        (verbs.LIST_MESSAGES, FakeStore._list_messages),
        (verbs.LIST_TRANSITIONS, FakeStore._list_transitions),
        (verbs.LIST_ATTEMPTS, FakeStore._list_attempts),
        (verbs.NOTE_FIRST_TOKEN, FakeStore._note_first_token),
        (verbs.UPDATE_MESSAGE, FakeStore._update_message),
        (verbs.GET_FRAGMENT, FakeStore._get_fragment),
        (verbs.GET_PREVIEW_FILE, FakeStore._get_preview_file),
        (verbs.GET_USAGE, FakeStore._get_usage),
        (verbs.GET_SUMMARY, FakeStore._get_summary),
    )
}
