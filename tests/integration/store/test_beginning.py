"""Beginning a generation: two rows, one credit, one event, all or nothing, once per key."""

import asyncio

import pytest

from millstream_shared.contracts.enums import (
    Framework,
    MessageRole,
    MessageStatus,
    MessageType,
    Plan,
)
from millstream_shared.contracts.facts import RunFinished, RunStarted
from millstream_shared.contracts.generation import GenerationRequested
from millstream_shared.contracts.messages import MessageStatusChanged
from millstream_shared.contracts.store import ListMessages, OneMessage, OneProject, OneUser, Refused
from tests.integration.store.stored import Store


async def test_it_makes_a_question_and_a_pending_answer(store: Store) -> None:
    """The rows, their order, the request to publish, the event in the outbox, the transitions."""
    user = await store.user()
    project = await store.project(user)
    begun = await store.begin(user, project, "A kanban board")
    question, answer = begun.user_message, begun.message
    assert (question.role, question.type, question.status) == (
        MessageRole.USER,
        MessageType.RESULT,
        MessageStatus.COMPLETE,
    )
    assert (answer.role, answer.type, answer.status, answer.content) == (
        MessageRole.ASSISTANT,
        MessageType.STREAMING,
        MessageStatus.PENDING,
        "",
    )
    assert question.content == "A kanban board"
    assert question.created_at < answer.created_at
    assert begun.request is not None
    assert begun.request.message_id == answer.id
    assert begun.request.project_id == project
    assert begun.request.user_id == user

    row, request = await store.sql('SELECT * FROM "Outbox" ORDER BY "id"')
    assert request["subject"] == f"generation.requested.high.{user}.{begun.message.id}"
    assert GenerationRequested.decode(request["payload"]) == begun.request
    assert request["eventId"] == answer.id, "the gateway publishes it under the same id"
    event = MessageStatusChanged.decode(row["payload"])
    assert row["subject"] == f"message.{project}.{answer.id}.PENDING"
    assert row["eventId"] == event.event_id
    assert (event.previous, event.status, event.cause) == (None, MessageStatus.PENDING, "asked")
    for message in (question, answer):
        asked = OneMessage(user_id=user, message_id=message.id)
        (transition,) = (await store.messages.on_list_transitions(asked)).items
        assert transition.previous is None
        assert transition.status is message.status
    assert len(store.rings) == 1


async def test_a_conversation_stays_in_order(store: Store) -> None:
    """Messages that begin in quick succession are listed in that order."""
    user = await store.user(plan=Plan.PRO)
    project = await store.project(user)
    begun = [await store.begin(user, project, f"Step {number}") for number in range(5)]
    page = await store.messages.on_list_messages(ListMessages(user_id=user, project_id=project))
    expected = [message.id for pair in begun for message in (pair.user_message, pair.message)]
    assert [message.id for message in page.items] == expected


async def test_the_same_key_and_body_begin_once(store: Store) -> None:
    """The answer is repeated, with the request as long as no agent has begun."""
    user = await store.user()
    project = await store.project(user)
    first = await store.begin(user, project, idempotency_key="k1")
    again = await store.begin(user, project, idempotency_key="k1")
    assert again == first
    await store.tell(RunStarted(event_id="e1", message_id=first.message.id, attempt=1))
    later = await store.begin(user, project, idempotency_key="k1")
    assert later.message.id == first.message.id
    assert later.request is None
    assert len(await store.sql('SELECT FROM "Credit"')) == 1


async def test_concurrent_requests_with_one_key_begin_once(store: Store) -> None:
    """A client that retries while its first request is still running gets the same message."""
    user = await store.user()
    project = await store.project(user)
    begun = await asyncio.gather(
        *(store.begin(user, project, idempotency_key="k1") for _ in range(8))
    )
    assert len({answer.message.id for answer in begun}) == 1


async def test_the_same_key_with_another_body_is_a_conflict(store: Store) -> None:
    """A key stands for one request."""
    user = await store.user()
    project = await store.project(user)
    await store.begin(user, project, "One", idempotency_key="k1")
    with pytest.raises(Refused, match="conflict"):
        await store.begin(user, project, "Another", idempotency_key="k1")


async def test_keys_of_different_users_do_not_meet(store: Store) -> None:
    """A key is unique within its user."""
    for name in ("ann", "bob"):
        user = await store.user(name)
        begun = await store.begin(user, await store.project(user), idempotency_key="k1")
        assert begun.request is not None


async def test_credits_are_never_overspent(store: Store) -> None:
    """Of twenty requests at once on the free plan, five begin; the rest learn when to return."""
    user = await store.user()
    project = await store.project(user)
    answers = await asyncio.gather(
        *(store.begin(user, project) for _ in range(20)), return_exceptions=True
    )
    refusals = [answer.refusal for answer in answers if isinstance(answer, Refused)]
    assert len(answers) - len(refusals) == 5
    assert {refusal.code for refusal in refusals} == {"credits_exhausted"}
    assert all(86_000 < (refusal.retry_after or 0) <= 86_400 for refusal in refusals)
    assert len(await store.sql('SELECT FROM "Message"')) == 10


async def test_a_failed_run_gives_its_credit_back(store: Store) -> None:
    """The refunded credit can be spent again, also after the project was deleted."""
    user = await store.user()
    project = await store.project(user)
    begun = [await store.begin(user, project) for _ in range(5)]
    failed = RunFinished(
        event_id="e1",
        message_id=begun[0].message.id,
        attempt=1,
        outcome=MessageType.ERROR,
        content="",
        reason="cancelled",
    )
    await store.tell(failed)
    await store.begin(user, project)
    with pytest.raises(Refused, match="credits_exhausted"):
        await store.begin(user, project)


async def test_deleting_a_project_gives_no_credits_back(store: Store) -> None:
    """The ledger outlives the messages; a run that fails afterwards is refunded all the same."""
    user = await store.user()
    project = await store.project(user)
    begun = await store.begin(user, project)
    await store.projects.on_delete_project(OneProject(user_id=user, project_id=project))
    usage = await store.accounts.on_get_usage(OneUser(user_id=user))
    assert usage.used == 1
    await store.tell(
        RunFinished(
            event_id="e1",
            message_id=begun.message.id,
            attempt=1,
            outcome=MessageType.ERROR,
            content="",
        )
    )
    usage = await store.accounts.on_get_usage(OneUser(user_id=user))
    assert usage.used == 0


async def test_the_users_choice_of_framework_wins(store: Store) -> None:
    """An explicit choice is stored with the project, whatever it had before."""
    user = await store.user()
    project = await store.project(user)
    asked = OneProject(user_id=user, project_id=project)
    assert (await store.projects.on_get_project(asked)).framework is None
    await store.begin(user, project, framework=Framework.VUE)
    assert (await store.projects.on_get_project(asked)).framework is Framework.VUE
    await store.begin(user, project)
    assert (await store.projects.on_get_project(asked)).framework is Framework.VUE
    await store.begin(user, project, framework=Framework.SVELTE)
    assert (await store.projects.on_get_project(asked)).framework is Framework.SVELTE


async def test_text_that_the_database_cannot_hold_is_invalid(store: Store) -> None:
    """NUL is refused plainly, and costs nothing."""
    user = await store.user()
    project = await store.project(user)
    with pytest.raises(Refused, match="invalid"):
        await store.begin(user, project, "a\x00b")
    assert await store.sql('SELECT FROM "Credit"') == []
