"""The owner's PATCH, as the law of the state machine has it."""

import pytest

from millstream_shared.contracts.enums import MessageStatus, MessageType
from millstream_shared.contracts.facts import RunFinished, RunStarted
from millstream_shared.contracts.store import OneMessage, Refused, UpdateMessage
from tests.integration.store.stored import Store

PENDING, STREAMING, COMPLETE = MessageStatus


async def statuses(store: Store, user: str, message: str) -> list[MessageStatus]:
    asked = OneMessage(user_id=user, message_id=message)
    return [item.status for item in (await store.messages.on_list_transitions(asked)).items]


async def test_it_answers_the_eight_fields(store: Store) -> None:
    """Names and order are the previous system's."""
    user, message = await store.begun()
    row = await store.patch(user, message, "Hi")
    assert list(row.model_dump(by_alias=True)) == [
        "id",
        "content",
        "role",
        "type",
        "status",
        "createdAt",
        "updatedAt",
        "projectId",
    ]


async def test_it_moves_forward_and_is_traced(store: Store) -> None:
    """PENDING -> STREAMING -> COMPLETE, each once; a COMPLETE message is no longer STREAMING."""
    user, message = await store.begun()
    assert (await store.patch(user, message, "a", PENDING)).status is PENDING
    assert (await store.patch(user, message, "ab")).status is STREAMING
    assert (await store.patch(user, message, "abc")).status is STREAMING
    row = await store.patch(user, message, "abcd", COMPLETE)
    assert (row.status, row.type, row.content) == (COMPLETE, MessageType.RESULT, "abcd")
    assert await statuses(store, user, message) == [PENDING, STREAMING, COMPLETE]


async def test_it_never_moves_backwards(store: Store) -> None:
    """The content changes, the answer carries the real status."""
    user, message = await store.begun()
    await store.tell(
        RunStarted(event_id="e1", message_id=message, attempt=1),
        RunFinished(
            event_id="e2", message_id=message, attempt=1, outcome=MessageType.ERROR, content="x"
        ),
    )
    row = await store.patch(user, message, "Edited", STREAMING)
    assert (row.status, row.type, row.content) == (COMPLETE, MessageType.ERROR, "Edited")
    assert await statuses(store, user, message) == [PENDING, STREAMING, COMPLETE]


async def test_it_is_forbidden_to_others(store: Store) -> None:
    """Another user's message and a missing one look the same."""
    _, message = await store.begun()
    other = await store.user("bob")
    for wanted in (message, "no-such-message"):
        with pytest.raises(Refused, match="forbidden"):
            await store.patch(other, wanted, "Mine now")


async def test_it_cannot_hold_nul(store: Store) -> None:
    """What the database cannot hold is invalid, not an accident."""
    user, message = await store.begun()
    with pytest.raises(Refused, match="invalid"):
        await store.messages.on_update_message(
            UpdateMessage(user_id=user, message_id=message, content="\0")
        )
