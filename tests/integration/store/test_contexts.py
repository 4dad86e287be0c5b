"""What an agent is told before it writes."""

from datetime import UTC, datetime

import pytest

from millstream_shared.contracts.enums import (
    Framework,
    MessageRole,
    MessageStatus,
    MessageType,
    Plan,
)
from millstream_shared.contracts.facts import FragmentDraft, RunFinished
from millstream_shared.contracts.generation import GenerationContext, TokenBudget
from millstream_shared.contracts.store import GetContext, Refused
from tests.integration.store.stored import Store


async def end(
    store: Store, message: str, content: str, files: dict[str, bytes], outcome: MessageType
) -> None:
    draft = FragmentDraft(
        fragment_id=f"f-{message}",
        title="App",
        framework=Framework.REACT,
        files=await store.blobs.put_tree(files),
    )
    await store.tell(
        RunFinished.model_validate(
            {
                "event_id": f"end-{message}",
                "message_id": message,
                "attempt": 1,
                "outcome": outcome,
                "content": content,
                "fragment": draft,
            }
        )
    )


async def context(store: Store, message: str, history: int = 3) -> GenerationContext:
    return await store.contexts.on_get_context(GetContext(message_id=message, history=history))


async def test_a_first_message_has_no_past(store: Store) -> None:
    """Prompt, status, whose it is and what may be spent; no framework, no history, no files."""
    user = await store.user()
    project = await store.project(user)
    begun = await store.begin(user, project, "A kanban board")
    assert await context(store, begun.message.id) == GenerationContext(
        message_id=begun.message.id,
        project_id=project,
        status=MessageStatus.PENDING,
        prompt="A kanban board",
        user_id=user,
        budget=TokenBudget(day=datetime.now(UTC).date().isoformat(), user_limit=2_000_000),
    )


async def test_the_past_is_what_came_before(store: Store) -> None:
    """The last turns, oldest first, without failed answers, the prompt itself or later messages;
    and the latest files, a failed run's too: what was kept is what its user goes on from.
    """
    user = await store.user(plan=Plan.PRO)
    project = await store.project(user, framework=Framework.REACT)
    first = await store.begin(user, project, "One")
    await end(
        store, first.message.id, "Did one", {"a.ts": b"1", "logo.png": b"\xff"}, MessageType.RESULT
    )
    second = await store.begin(user, project, "Two")
    await end(
        store,
        second.message.id,
        "Failed",
        {"a.ts": b"half", "logo.png": b"\xff"},
        MessageType.ERROR,
    )
    third = await store.begin(user, project, "Three")
    await store.begin(user, project, "Four")
    told = await context(store, third.message.id)
    assert told.prompt == "Three"
    assert told.framework is Framework.REACT
    assert [(turn.role, turn.content) for turn in told.history] == [
        (MessageRole.USER, "One"),
        (MessageRole.ASSISTANT, "Did one"),
        (MessageRole.USER, "Two"),
    ]
    assert told.files == {"a.ts": "half"}
    shorter = await context(store, third.message.id, history=1)
    assert [turn.content for turn in shorter.history] == ["Two"]
    assert (await context(store, third.message.id, history=0)).history == ()


async def test_whether_known_answers_may_be_used_is_said_per_message(store: Store) -> None:
    """As it was asked for; by default they may."""
    user = await store.user()
    project = await store.project(user)
    usual = await store.begin(user, project)
    fresh = await store.begin(user, project, cache=False)
    assert (await context(store, usual.message.id)).cache
    assert not (await context(store, fresh.message.id)).cache


async def test_only_answers_have_a_context(store: Store) -> None:
    """Neither a question nor a missing message is anything to write."""
    user = await store.user()
    begun = await store.begin(user, await store.project(user))
    for message in (begun.user_message.id, "no-such-message"):
        with pytest.raises(Refused, match="not_found"):
            await context(store, message)
