"""Cancelling: at once while a message waits, by its agent once it has one."""

import pytest

from millstream_shared.contracts.enums import MessageStatus, MessageType
from millstream_shared.contracts.facts import RunStarted
from millstream_shared.contracts.store import (
    GetContext,
    MessageCancelled,
    OneMessage,
    OneUser,
    Refused,
)
from tests.integration.store.stored import PUBLIC_EVENTS, Store


async def waiting(store: Store) -> tuple[str, str]:
    """A user, and a message that waits behind another one."""
    user = await store.user()
    project = await store.project(user)
    await store.begin(user, project)
    return user, (await store.begin(user, project)).message.id


async def test_a_waiting_message_ends_at_once(store: Store) -> None:
    """COMPLETE, ERROR, a reason and words; credit back, transition and public event written."""
    user, message = await waiting(store)
    assert await store.cancel(user, message) == MessageCancelled(ended=True)
    seen = await store.message(user, message)
    assert (seen.status, seen.type, seen.reason, seen.waiting) == (
        MessageStatus.COMPLETE,
        MessageType.ERROR,
        "cancelled",
        None,
    )
    assert "cancelled" in seen.content
    assert (await store.accounts.on_get_usage(OneUser(user_id=user))).used == 1
    asked = OneMessage(user_id=user, message_id=message)
    last = (await store.messages.on_list_transitions(asked)).items[-1]
    assert (last.cause, last.status) == ("owner.cancelled", MessageStatus.COMPLETE)
    events = await store.sql(PUBLIC_EVENTS)
    assert events[-1]["subject"].endswith(f"{message}.COMPLETE")


@pytest.mark.parametrize("running", [False, True])
async def test_a_dispatched_message_is_its_agents_to_end(store: Store, running: bool) -> None:
    """The cancel is noted, so that every later agent hears of it; the status stays."""
    user, message = await store.begun()
    if running:
        await store.tell(RunStarted(event_id="s", message_id=message, attempt=1))
    context = GetContext(message_id=message, history=0)
    assert not (await store.contexts.on_get_context(context)).cancelled
    for _ in range(2):
        assert await store.cancel(user, message) == MessageCancelled(ended=False)
    assert (await store.contexts.on_get_context(context)).cancelled
    assert (await store.message(user, message)).status is not MessageStatus.COMPLETE


async def test_what_is_complete_stays(store: Store) -> None:
    """An answer, a question, and a message that was cancelled before."""
    user, message = await waiting(store)
    question = (await store.begin(user, await store.project(user))).user_message.id
    await store.cancel(user, message)
    for complete in (message, question):
        with pytest.raises(Refused, match="already_complete"):
            await store.cancel(user, complete)


async def test_others_cannot(store: Store) -> None:
    """Another user's message, a missing one, and a user that does not exist."""
    user, message = await waiting(store)
    for who, what in ((await store.user("bob"), message), (user, "none"), ("nobody", message)):
        with pytest.raises(Refused, match="not_found"):
            await store.cancel(who, what)
    assert (await store.message(user, message)).waiting is not None


async def test_the_owners_words_complete_a_waiting_message(store: Store) -> None:
    """A PATCH to COMPLETE takes it out of its line, and ends its credit with it."""
    user, message = await waiting(store)
    await store.patch(user, message, "Never mind", MessageStatus.COMPLETE)
    seen = await store.message(user, message)
    assert (seen.content, seen.type, seen.waiting) == ("Never mind", MessageType.RESULT, None)
