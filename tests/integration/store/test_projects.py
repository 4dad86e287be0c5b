"""Projects and pages."""

import pytest

from millstream_shared.contracts.enums import Framework, MessageType, Plan
from millstream_shared.contracts.facts import RunFinished
from millstream_shared.contracts.store import (
    ChangeProject,
    ListMessages,
    ListProjects,
    OneProject,
    Refused,
)
from tests.integration.store.stored import Store


async def test_a_project_from_birth_to_end(store: Store) -> None:
    """Named by default, changed in parts, gone with its messages."""
    user, message = await store.begun()
    project = (await store.message(user, message)).project_id
    asked = OneProject(user_id=user, project_id=project)
    assert (await store.projects.on_get_project(asked)).name == "Untitled project"
    renamed = await store.projects.on_change_project(
        ChangeProject(user_id=user, project_id=project, name="Board")
    )
    assert (renamed.name, renamed.framework) == ("Board", None)
    framed = await store.projects.on_change_project(
        ChangeProject(user_id=user, project_id=project, framework=Framework.VUE)
    )
    assert (framed.name, framed.framework) == ("Board", Framework.VUE)
    assert framed.updated_at > renamed.created_at
    await store.projects.on_delete_project(asked)
    with pytest.raises(Refused, match="not_found"):
        await store.message(user, message)


async def test_pages_of_projects(store: Store) -> None:
    """Newest first, each project on one page, no cursor on the last one."""
    user = await store.user()
    made = [await store.project(user, name=f"P{number}") for number in range(5)]
    seen: list[str] = []
    cursor = None
    for expected in (2, 2, 1):
        page = await store.projects.on_list_projects(
            ListProjects(user_id=user, cursor=cursor, limit=2)
        )
        assert len(page.items) == expected
        seen += [project.id for project in page.items]
        cursor = page.next_cursor
    assert cursor is None
    assert seen == made[::-1]


async def test_pages_of_messages(store: Store) -> None:
    """Oldest first; a page ends early when what is on it would not fit into one reply."""
    user = await store.user(plan=Plan.PRO)
    project = await store.project(user)
    expected = []
    for number in range(3):
        begun = await store.begin(user, project, f"Question {number}")
        expected += [begun.user_message.id, begun.message.id]
        await store.tell(
            RunFinished(
                event_id=f"e{number}",
                message_id=begun.message.id,
                attempt=1,
                outcome=MessageType.RESULT,
                content="x" * 300_000,
            )
        )
    seen: list[str] = []
    sizes: list[int] = []
    cursor = None
    while True:
        page = await store.messages.on_list_messages(
            ListMessages(user_id=user, project_id=project, cursor=cursor)
        )
        seen += [message.id for message in page.items]
        sizes.append(len(page.encode()))
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == expected
    assert len(sizes) == 3
    assert max(sizes) < 1_000_000


@pytest.mark.parametrize("cursor", ["", "x", "!!", "bm90IGEgY3Vyc29y", "é"])
async def test_a_foreign_cursor_is_invalid(store: Store, cursor: str) -> None:
    """It is refused, never guessed at."""
    user = await store.user()
    with pytest.raises(Refused, match="invalid"):
        await store.projects.on_list_projects(ListProjects(user_id=user, cursor=cursor))
