"""Facts of runs: applied once each, in whatever way they are delivered."""

import pytest

from millstream_shared.contracts.checks import CheckFinished, CheckOutcome, Finding
from millstream_shared.contracts.enums import CheckKind, Framework, MessageStatus, MessageType
from millstream_shared.contracts.facts import (
    ContentGrew,
    Fact,
    FragmentDraft,
    FrameworkSelected,
    ModelUsage,
    RunFinished,
    RunStarted,
)
from millstream_shared.contracts.store import (
    OneFragment,
    OneMessage,
    OneProject,
    OneUser,
    PreviewFile,
    Refused,
)
from tests.integration.store.stored import PUBLIC_EVENTS, Store


def started(message: str, attempt: int = 1) -> RunStarted:
    return RunStarted(event_id=f"{message}-start-{attempt}", message_id=message, attempt=attempt)


def grew(message: str, offset: int, text: str, attempt: int = 1) -> ContentGrew:
    return ContentGrew(
        event_id=f"{message}-grew-{attempt}-{offset}",
        message_id=message,
        attempt=attempt,
        offset=offset,
        text=text,
    )


def finished(message: str, attempt: int = 1, **more: object) -> RunFinished:
    said = {"outcome": MessageType.RESULT, "content": "Done."} | more
    return RunFinished.model_validate(
        {
            "event_id": f"{message}-end-{attempt}",
            "message_id": message,
            "attempt": attempt,
            **said,
        }
    )


async def causes(store: Store, user: str, message: str) -> list[tuple[str, MessageStatus, int]]:
    asked = OneMessage(user_id=user, message_id=message)
    items = (await store.messages.on_list_transitions(asked)).items
    return [(item.cause, item.status, item.attempt) for item in items]


async def test_a_run_from_start_to_end(store: Store) -> None:
    """A poller sees the content grow; every change of status is traced and announced."""
    user, message = await store.begun()
    await store.tell(started(message), grew(message, 0, "Buikd"))
    seen = await store.message(user, message)
    assert (seen.status, seen.type, seen.content) == (
        MessageStatus.STREAMING,
        MessageType.STREAMING,
        "Buikd",
    )
    await store.tell(grew(message, 3, "lding it"))
    assert (await store.message(user, message)).content == "Building it"
    usage = ModelUsage(calls=3, input_tokens=1200, output_tokens=800)
    await store.tell(finished(message, content="A todo app.", usage=usage))
    seen = await store.message(user, message)
    assert (seen.status, seen.type, seen.content, seen.usage) == (
        MessageStatus.COMPLETE,
        MessageType.RESULT,
        "A todo app.",
        usage,
    )
    assert await causes(store, user, message) == [
        ("asked", MessageStatus.PENDING, 0),
        ("run.started", MessageStatus.STREAMING, 1),
        ("run.finished", MessageStatus.COMPLETE, 1),
    ]
    subjects = await store.sql(PUBLIC_EVENTS)
    assert [row["subject"].rsplit(".", 1)[1] for row in subjects] == [
        "PENDING",
        "STREAMING",
        "COMPLETE",
    ]


async def test_duplicates_change_nothing(store: Store) -> None:
    """In one batch, in later batches, and after the end."""
    user, message = await store.begun()
    run = [started(message), grew(message, 0, "Hello"), grew(message, 5, " you")]
    await store.tell(*run, *run)
    assert (await store.message(user, message)).content == "Hello you"
    await store.tell(*run)
    assert (await store.message(user, message)).content == "Hello you"
    end = finished(message)
    await store.tell(end, end)
    before = await store.message(user, message)
    await store.tell(*run, end)
    assert await store.message(user, message) == before
    assert len(await causes(store, user, message)) == 3
    assert len(await store.sql(PUBLIC_EVENTS)) == 3


async def test_a_late_duplicate_takes_nothing_back(store: Store) -> None:
    """Text that came after it stays."""
    user, message = await store.begun()
    first = grew(message, 0, "Hello")
    await store.tell(started(message), first, grew(message, 5, " you"))
    await store.tell(first)
    assert (await store.message(user, message)).content == "Hello you"


async def test_a_new_attempt_restarts_the_content(store: Store) -> None:
    """The status stays; what the old attempt still has to say is ignored."""
    user, message = await store.begun()
    await store.tell(started(message), grew(message, 0, "First try"))
    await store.tell(started(message, 2))
    seen = await store.message(user, message)
    assert (seen.status, seen.attempt, seen.content) == (MessageStatus.STREAMING, 2, "")
    await store.tell(grew(message, 0, "Second", 2))
    await store.tell(grew(message, 9, " goes on"), finished(message, content="Stale"))
    seen = await store.message(user, message)
    assert (seen.status, seen.content) == (MessageStatus.STREAMING, "Second")
    (credit,) = await store.sql('SELECT "state" FROM "Credit"')
    assert credit["state"] == "RESERVED"
    await store.tell(finished(message, 2, content="Fresh"))
    assert (await store.message(user, message)).content == "Fresh"


async def test_complete_is_final(store: Store) -> None:
    """A later attempt, wherever it comes from, changes nothing any more."""
    user, message = await store.begun()
    await store.tell(started(message), finished(message))
    before = await store.message(user, message)
    await store.tell(
        started(message, 2),
        grew(message, 0, "Zombie", 2),
        finished(message, 2, outcome=MessageType.ERROR, content="Zombie", reason="x"),
    )
    assert await store.message(user, message) == before
    (credit,) = await store.sql('SELECT "state" FROM "Credit"')
    assert credit["state"] == "SETTLED"


async def test_an_end_without_a_beginning_counts(store: Store) -> None:
    """PENDING goes straight to COMPLETE when the start was lost."""
    user, message = await store.begun()
    await store.tell(finished(message, outcome=MessageType.ERROR, reason="cancelled"))
    seen = await store.message(user, message)
    assert (seen.status, seen.type, seen.reason) == (
        MessageStatus.COMPLETE,
        MessageType.ERROR,
        "cancelled",
    )


async def test_a_framework_is_selected_once(store: Store) -> None:
    """A project that has one keeps it."""
    user, message = await store.begun()
    project = (await store.message(user, message)).project_id
    for number, framework in enumerate((Framework.REACT, Framework.VUE)):
        await store.tell(
            FrameworkSelected(
                event_id=f"e{number}", message_id=message, attempt=1, framework=framework
            )
        )
    view = await store.projects.on_get_project(OneProject(user_id=user, project_id=project))
    assert view.framework is Framework.REACT


async def test_a_result_is_kept_whole(store: Store) -> None:
    """Files, binaries, checks, tokens and the built app; the credit is settled."""
    user, message = await store.begun()
    names = await store.blobs.put_tree(
        {
            "src/App.tsx": "export default 'é'".encode(),
            "logo.png": b"\x89PNG\x00\xff",
            "nul.txt": b"\0",
        }
    )
    preview = await store.blobs.put_tree(
        {"index.html": b"<h1>Hi</h1>", "logo.png": b"\x89PNG\x00\xff"}
    )
    check = CheckFinished(
        message_id=message,
        step="v1",
        kind=CheckKind.LINT,
        outcome=CheckOutcome.PASSED,
        exit_code=0,
        findings=(Finding(path="src/App.tsx", line=1, severity="warning", message="long"),),
    )
    draft = FragmentDraft(
        fragment_id=f"f-{message}",
        title="Todo",
        framework=Framework.REACT,
        files=names,
        preview=preview,
    )
    usage = ModelUsage(calls=2, input_tokens=10, output_tokens=20, estimated=True)
    await store.tell(
        started(message), finished(message, fragment=draft, checks=(check,), usage=usage)
    )
    seen = await store.message(user, message)
    assert seen.checks == (check,)
    assert seen.fragment is not None
    assert seen.fragment.files == {
        "src/App.tsx": "export default 'é'",
        "logo.png": "",
        "nul.txt": "",
    }
    assert seen.fragment.has_preview
    asked = OneFragment(user_id=user, fragment_id=draft.fragment_id)
    assert await store.fragments.on_get_fragment(asked) == seen.fragment
    file = await store.fragments.on_get_preview_file(
        PreviewFile(fragment_id=draft.fragment_id, path="index.html")
    )
    assert (file.sha256, file.data) == (preview["index.html"], "PGgxPkhpPC9oMT4=")
    with pytest.raises(Refused, match="not_found"):
        await store.fragments.on_get_preview_file(
            PreviewFile(fragment_id=draft.fragment_id, path="nope.html")
        )
    binaries = await store.sql('SELECT "path" FROM "BinaryFile" ORDER BY 1')
    assert [row["path"] for row in binaries] == ["logo.png", "nul.txt"]
    view = await store.accounts.on_get_usage(OneUser(user_id=user))
    assert (view.used, view.remaining, view.tokens) == (1, 4, usage)


async def test_what_a_failed_run_made_is_kept(store: Store) -> None:
    """An ERROR may come with a fragment; its credit is refunded."""
    user, message = await store.begun()
    draft = FragmentDraft(
        fragment_id=f"f-{message}",
        title="Half",
        framework=Framework.REACT,
        files=await store.blobs.put_tree({"a.ts": b"let"}),
    )
    await store.tell(
        finished(message, outcome=MessageType.ERROR, reason="checks_failed", fragment=draft)
    )
    seen = await store.message(user, message)
    assert (seen.type, seen.reason) == (MessageType.ERROR, "checks_failed")
    assert seen.fragment is not None
    assert not seen.fragment.has_preview
    (credit,) = await store.sql('SELECT "state" FROM "Credit"')
    assert credit["state"] == "REFUNDED"


async def test_a_lost_blob_does_not_lose_the_message(store: Store) -> None:
    """The message ends as an ERROR with a reason, and its credit comes back."""
    user, message = await store.begun()
    draft = FragmentDraft(
        fragment_id=f"f-{message}",
        title="Gone",
        framework=Framework.REACT,
        files={"a.ts": "0" * 64},
    )
    await store.tell(finished(message, fragment=draft))
    seen = await store.message(user, message)
    assert (seen.status, seen.type, seen.reason, seen.fragment) == (
        MessageStatus.COMPLETE,
        MessageType.ERROR,
        "result_lost",
        None,
    )
    (credit,) = await store.sql('SELECT "state" FROM "Credit"')
    assert credit["state"] == "REFUNDED"


async def test_a_lost_preview_costs_only_the_preview(store: Store) -> None:
    """The source is what matters: it can be built again."""
    user, message = await store.begun()
    draft = FragmentDraft(
        fragment_id=f"f-{message}",
        title="Todo",
        framework=Framework.REACT,
        files=await store.blobs.put_tree({"a.ts": b"let a"}),
        preview={"index.html": "0" * 64},
    )
    await store.tell(finished(message, fragment=draft))
    seen = await store.message(user, message)
    assert seen.type is MessageType.RESULT
    assert seen.fragment is not None
    assert not seen.fragment.has_preview


async def test_an_unknown_message_is_no_failure(store: Store) -> None:
    """Its project may have been deleted; there is nothing left to keep."""
    await store.tell(started("nobody"), grew("nobody", 0, "x"), finished("nobody"))


async def test_a_bad_fact_does_not_block_the_others(store: Store) -> None:
    """Unreadable, or impossible for the database: it is handed back, its neighbours are applied."""
    user, message = await store.begun()
    impossible = started(message, attempt=2**40)
    batch = [started(message).encode(), b"no fact", impossible.encode(), finished(message).encode()]
    failures = await store.facts.on_run_facts(batch)
    assert [failure is None for failure in failures] == [True, False, False, True]
    assert (await store.message(user, message)).status is MessageStatus.COMPLETE
    known = {row["eventId"] for row in await store.sql('SELECT "eventId" FROM "Inbox"')}
    assert impossible.event_id not in known


async def test_nul_in_a_models_text_is_replaced(store: Store) -> None:
    """By one character, so that later offsets still fit."""
    user, message = await store.begun()
    facts: list[Fact] = [started(message), grew(message, 0, "a\0b"), grew(message, 3, "c")]
    await store.tell(*facts)
    assert (await store.message(user, message)).content == "a\N{REPLACEMENT CHARACTER}bc"


async def test_an_early_patch_does_not_lose_the_result(store: Store) -> None:
    """The owner completed the message first: the words stay the owner's, the fragment is kept."""
    user, message = await store.begun()
    await store.tell(started(message))
    await store.patch(user, message, "My own words", MessageStatus.COMPLETE)
    draft = FragmentDraft(
        fragment_id=f"f-{message}",
        title="Todo",
        framework=Framework.REACT,
        files=await store.blobs.put_tree({"a.ts": b"let a"}),
    )
    await store.tell(finished(message, fragment=draft))
    seen = await store.message(user, message)
    assert seen.content == "My own words"
    assert seen.fragment is not None
    (credit,) = await store.sql('SELECT "state" FROM "Credit"')
    assert credit["state"] == "SETTLED"
