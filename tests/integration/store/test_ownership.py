"""Another user's things do not exist, on any verb."""

from collections.abc import Awaitable, Callable

import pytest

from millstream_shared.contracts.enums import Framework, MessageType
from millstream_shared.contracts.facts import FragmentDraft, RunFinished
from millstream_shared.contracts.store import (
    BeginGeneration,
    ChangeProject,
    CreateProject,
    ListMessages,
    ListProjects,
    OneFragment,
    OneMessage,
    OneProject,
    OneUser,
    Refused,
)
from tests.integration.store.stored import Store

Attempt = Callable[[Store, str, str, str, str], Awaitable[object]]

ATTEMPTS: dict[str, Attempt] = {
    "get_project": lambda store, user, project, _m, _f: store.projects.on_get_project(
        OneProject(user_id=user, project_id=project)
    ),
    "change_project": lambda store, user, project, _m, _f: store.projects.on_change_project(
        ChangeProject(user_id=user, project_id=project, name="Mine")
    ),
    "delete_project": lambda store, user, project, _m, _f: store.projects.on_delete_project(
        OneProject(user_id=user, project_id=project)
    ),
    "begin_generation": lambda store, user, project, _m, _f: store.generations.on_begin_generation(
        BeginGeneration(user_id=user, project_id=project, content="Mine")
    ),
    "list_messages": lambda store, user, project, _m, _f: store.messages.on_list_messages(
        ListMessages(user_id=user, project_id=project)
    ),
    "get_message": lambda store, user, _p, message, _f: store.messages.on_get_message(
        OneMessage(user_id=user, message_id=message)
    ),
    "list_transitions": lambda store, user, _p, message, _f: store.messages.on_list_transitions(
        OneMessage(user_id=user, message_id=message)
    ),
    "list_attempts": lambda store, user, _p, message, _f: store.ledger.on_list_attempts(
        OneMessage(user_id=user, message_id=message)
    ),
    "get_fragment": lambda store, user, _p, _m, fragment: store.fragments.on_get_fragment(
        OneFragment(user_id=user, fragment_id=fragment)
    ),
}


@pytest.mark.parametrize("verb", ATTEMPTS)
async def test_nothing_is_found(store: Store, verb: str) -> None:
    """The owner gets an answer where the stranger and the unknown user get `not_found`."""
    owner, message = await store.begun()
    project = (await store.message(owner, message)).project_id
    fragment = f"f-{message}"
    draft = FragmentDraft(fragment_id=fragment, title="T", framework=Framework.REACT, files={})
    await store.tell(
        RunFinished(
            event_id="e",
            message_id=message,
            attempt=1,
            outcome=MessageType.RESULT,
            content="Done",
            fragment=draft,
        )
    )
    for user in (await store.user("bob"), "no-such-user"):
        with pytest.raises(Refused, match="not_found"):
            await ATTEMPTS[verb](store, user, project, message, fragment)
    await ATTEMPTS[verb](store, owner, project, message, fragment)


async def test_lists_hold_only_ones_own(store: Store) -> None:
    """A stranger's list of projects is empty."""
    await store.begun()
    page = await store.projects.on_list_projects(ListProjects(user_id=await store.user("bob")))
    assert page.items == ()


async def test_an_unknown_user_has_nothing(store: Store) -> None:
    """No project is made and no usage is shown for a user that does not exist."""
    with pytest.raises(Refused, match="not_found"):
        await store.projects.on_create_project(CreateProject(user_id="nobody"))
    with pytest.raises(Refused, match="not_found"):
        await store.accounts.on_get_usage(OneUser(user_id="nobody"))
