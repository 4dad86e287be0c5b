"""The ledger: every attempt at a model call, once, whatever became of it; and budgets from it."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from millstream_shared.contracts.enums import (
    AttemptOutcome,
    ErrorType,
    MessageStatus,
    MessageType,
    Plan,
    Role,
)
from millstream_shared.contracts.facts import ModelAttempted, RunFinished, RunStarted
from millstream_shared.contracts.generation import TokenBudget
from millstream_shared.contracts.store import GetContext, OneMessage, OneProject, OneUser
from millstream_shared.contracts.views import AttemptView
from millstream_store.handlers.contexts import Contexts
from tests.integration.store.stored import Store

ASKED_AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
ids = count()


def attempted(message: str, **more: object) -> ModelAttempted:
    """A line of the ledger; each one is asked a second after the one made before it."""
    number = next(ids)
    return ModelAttempted.model_validate(
        {
            "event_id": f"{message}-model-{number}",
            "message_id": message,
            "attempt": 1,
            "call": "code-1",
            "number": 1,
            "role": Role.CODE,
            "provider": "one",
            "model": "large",
            "outcome": AttemptOutcome.COMPLETE,
            "asked_at": ASKED_AT + timedelta(seconds=number),
            "first_content": 0.5,
            "seconds": 2.5,
            "input_tokens": 1000,
            "output_tokens": 200,
            "cost": 0.01,
            **more,
        }
    )


def ended(message: str, outcome: MessageType = MessageType.RESULT, **more: object) -> RunFinished:
    said = {"event_id": f"{message}-end", "message_id": message, "attempt": 1, "content": "Done."}
    return RunFinished.model_validate({**said, "outcome": outcome, **more})


async def ledger(store: Store, user: str, message: str) -> tuple[AttemptView, ...]:
    asked = OneMessage(user_id=user, message_id=message)
    return (await store.ledger.on_list_attempts(asked)).items


async def budget(store: Store, message: str) -> TokenBudget:
    asked = GetContext(message_id=message, history=0)
    return (await store.contexts.on_get_context(asked)).budget


async def test_a_line_is_kept_whole_and_in_order(store: Store) -> None:
    """Nothing that the fact says is lost on the way to the message's owner."""
    user, message = await store.begun()
    failed = attempted(
        message,
        outcome=AttemptOutcome.FAILED,
        error_type=ErrorType.CUT,
        hedge=True,
        estimated=True,
        cached_input_tokens=7,
        first_content=None,
    )
    good = attempted(message, number=2, provider="two", finish_reason="stop")
    await store.tell(good, failed)
    items = await ledger(store, user, message)
    assert items == tuple(AttemptView.model_validate(dict(fact)) for fact in (failed, good))


async def test_every_field_of_the_fact_has_its_column(store: Store) -> None:
    """A field that is added to the fact, and not to the table, would silently be dropped."""
    rows = await store.sql(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'ModelAttempt'"
    )
    fields = set(attempted("m").model_dump(by_alias=True)) - {"type"}
    assert fields == {row["column_name"] for row in rows} - {"userId", "projectId", "recordedAt"}


async def test_a_doubled_fact_counts_once(store: Store) -> None:
    """In one batch, in a later one, and after the inbox has forgotten it."""
    user, message = await store.begun()
    fact = attempted(message)
    await store.tell(fact, fact)
    await store.sql('DELETE FROM "Inbox"')
    await store.tell(fact)
    assert len(await ledger(store, user, message)) == 1


async def test_the_message_is_not_moved(store: Store) -> None:
    """Neither a PENDING one, nor by a line with a later attempt."""
    user, message = await store.begun()
    before = await store.message(user, message)
    await store.tell(attempted(message), attempted(message, attempt=7))
    assert await store.message(user, message) == before
    await store.tell(RunStarted(event_id="start", message_id=message, attempt=1))
    assert (await store.message(user, message)).status is MessageStatus.STREAMING


async def test_what_was_spent_is_kept_whenever_it_is_told(store: Store) -> None:
    """After the end, by an attempt that was overtaken, and when the message is gone."""
    user, message = await store.begun()
    project = (await store.message(user, message)).project_id
    await store.tell(
        RunStarted(event_id="start", message_id=message, attempt=2),
        attempted(message, attempt=1),
        ended(message, attempt=2),
        attempted(message, attempt=2),
    )
    assert len(await ledger(store, user, message)) == 2
    await store.projects.on_delete_project(OneProject(user_id=user, project_id=project))
    await store.tell(attempted(message))
    rows = await store.sql('SELECT "userId", "projectId" FROM "ModelAttempt" ORDER BY "askedAt"')
    assert [row["userId"] for row in rows] == [user] * 3
    assert [row["projectId"] for row in rows] == [project, project, None]
    usage = await store.accounts.on_get_usage(OneUser(user_id=user))
    assert usage.token_budget is not None
    assert usage.token_budget.used == 3 * 1200


async def test_a_line_of_an_unknown_message_is_no_failure(store: Store) -> None:
    """Nobody can be charged for it."""
    await store.tell(attempted("nobody"))
    assert await store.sql('SELECT FROM "ModelAttempt"') == []


async def test_a_bad_line_does_not_block_the_others(store: Store) -> None:
    """What the table cannot hold is handed back; its neighbours are applied."""
    user, message = await store.begun()
    batch = [attempted(message), attempted(message, input_tokens=2**40), ended(message)]
    failures = await store.facts.on_run_facts([fact.encode() for fact in batch])
    assert [failure is None for failure in failures] == [True, False, True]
    assert len(await ledger(store, user, message)) == 1


async def test_an_agent_is_told_what_is_spent(store: Store) -> None:
    """The user's tokens of this UTC day over all projects, and the project's of all days."""
    user = await store.user(plan=Plan.PRO)
    one, other = [(await store.begin(user, await store.project(user))).message for _ in range(2)]
    bob = await store.user("bob")
    his = (await store.begin(bob, await store.project(bob))).message
    yesterday = attempted(one.id)
    await store.tell(yesterday)
    await store.sql(
        """
        UPDATE "ModelAttempt"
        SET "recordedAt" = date_trunc('day', now() AT TIME ZONE 'UTC') - interval '1 millisecond'
        """
    )
    await store.tell(attempted(one.id), attempted(other.id), attempted(his.id))
    told = await budget(store, one.id)
    assert told == TokenBudget(
        day=told.day,
        user_limit=20_000_000,
        user_spent=2 * 1200,
        project_limit=None,
        project_spent=2 * 1200,
    )
    assert (await budget(store, other.id)).project_spent == 1200


@pytest.mark.parametrize(("setting", "limit"), [(0, None), (5000, 5000)])
async def test_zero_is_no_limit(store: Store, setting: int, limit: int | None) -> None:
    """For a day of either plan and for a project."""
    settings = store.settings.model_copy(
        update={"free_tokens_per_day": setting, "tokens_per_project": setting}
    )
    _, message = await store.begun()
    told = await Contexts(store.database, settings).on_get_context(
        GetContext(message_id=message, history=0)
    )
    assert (told.budget.user_limit, told.budget.project_limit) == (limit, limit)


async def test_a_user_sees_what_is_left_of_the_day(store: Store) -> None:
    """More than the limit may be spent by a last piece; less than nothing never remains."""
    user, message = await store.begun()
    await store.tell(attempted(message))
    view = (await store.accounts.on_get_usage(OneUser(user_id=user))).token_budget
    assert view is not None
    assert (view.limit, view.used, view.remaining) == (2_000_000, 1200, 1_998_800)
    until_reset = view.resets_at - datetime.now(UTC)
    assert timedelta(0) < until_reset <= timedelta(days=1)
    assert (view.resets_at.hour, view.resets_at.minute, view.resets_at.second) == (0, 0, 0)
    await store.tell(attempted(message, output_tokens=2_000_000))
    view = (await store.accounts.on_get_usage(OneUser(user_id=user))).token_budget
    assert view is not None
    assert view.remaining == 0
