"""Lines: a message goes to the agents when its turn has come, and the next one when it ends."""

import asyncio
from collections.abc import Sequence

import pytest

from millstream_shared.contracts.enums import Lane, MessageStatus, MessageType, Plan
from millstream_shared.contracts.facts import FragmentDraft, RunFinished, RunStarted
from millstream_shared.contracts.generation import GenerationRequested
from millstream_shared.contracts.store import (
    GetContext,
    ListMessages,
    OneProject,
    OneUser,
    Refused,
)
from millstream_shared.contracts.views import Waiting
from millstream_store.handlers.lines import Lines
from tests.integration.store.stored import Store, eventually

REQUESTS = """
    SELECT "payload" FROM "Outbox" WHERE "subject" LIKE 'generation.requested.%' ORDER BY "id"
"""


async def requests(store: Store) -> list[GenerationRequested]:
    """What was sent to the agents, in order."""
    return [GenerationRequested.decode(row["payload"]) for row in await store.sql(REQUESTS)]


async def sent(store: Store) -> list[str]:
    return [request.message_id for request in await requests(store)]


async def ask(store: Store, user: str, project: str) -> str:
    return (await store.begin(user, project)).message.id


def finished(message: str, outcome: MessageType = MessageType.RESULT) -> RunFinished:
    return RunFinished.model_validate(
        {
            "event_id": f"end-{message}",
            "message_id": message,
            "attempt": 1,
            "outcome": outcome,
            "content": "Done.",
        }
    )


async def test_a_busy_project_makes_wait(store: Store) -> None:
    """The second message is held back, visibly; it follows with the first one's end, in the same
    transaction, and an agent that begins it then sees the first one's answer and files."""
    user = await store.user()
    project = await store.project(user)
    first = await store.begin(user, project, "One")
    second = await store.begin(user, project, "Two")
    assert first.request is not None
    assert first.message.waiting is None
    assert second.request is None
    assert second.message.waiting == Waiting(reason="project_busy", ahead=1)
    third = await store.begin(user, project, "Three")
    assert third.message.waiting == Waiting(reason="project_busy", ahead=2)
    assert await sent(store) == [first.message.id]

    rings = len(store.rings)
    draft = FragmentDraft(
        fragment_id="f1",
        title="One",
        framework="REACT",
        files=await store.blobs.put_tree({"a.ts": b"one"}),
    )
    await store.tell(
        RunStarted(event_id="s", message_id=first.message.id, attempt=1),
        finished(first.message.id).model_copy(update={"fragment": draft}),
    )
    assert await sent(store) == [first.message.id, second.message.id]
    assert len(store.rings) > rings
    assert (await store.message(user, second.message.id)).waiting is None
    assert (await store.message(user, third.message.id)).waiting == Waiting(
        reason="project_busy", ahead=1
    )
    told = await store.contexts.on_get_context(GetContext(message_id=second.message.id, history=9))
    assert [turn.content for turn in told.history] == ["One", "Done."]
    assert told.files == {"a.ts": "one"}


async def test_a_user_has_a_few_runs_at_once(store: Store) -> None:
    """Two on the free plan, four on the pro plan; the first on the high lane, the others low."""
    for name, plan, at_once in (("ann", Plan.FREE, 2), ("bob", Plan.PRO, 4)):
        user = await store.user(name, plan)
        begun = [await store.begin(user, await store.project(user)) for _ in range(5)]
        lanes = [answer.request and answer.request.lane for answer in begun]
        held = [None] * (5 - at_once)
        assert lanes == [Lane.HIGH, *[Lane.LOW] * (at_once - 1), *held]
        last = begun[-1].message
        assert last.waiting == Waiting(reason="user_busy", ahead=max(1, 4 - at_once))


async def test_the_oldest_is_next(store: Store) -> None:
    """Across projects too; time of request and subject are those of the dispatch."""
    user = await store.user()
    messages = [await ask(store, user, await store.project(user)) for _ in range(4)]
    await store.tell(finished(messages[1]))
    assert await sent(store) == messages[:3]
    row = (await store.sql(REQUESTS.replace('"payload"', "*")))[2]
    request = GenerationRequested.decode(row["payload"])
    assert row["subject"] == f"generation.requested.low.{user}.{messages[2]}"
    assert row["eventId"] == messages[2]
    assert request.requested_at > (await store.message(user, messages[2])).created_at


async def test_users_do_not_stand_in_each_others_way(store: Store) -> None:
    """However much one asks for, another's first message is at the head of the high lane."""
    ann, bob = await store.user("ann", Plan.PRO), await store.user("bob")
    project = await store.project(ann)
    for _ in range(10):
        await ask(store, ann, project)
        await ask(store, ann, await store.project(ann))
    await ask(store, bob, await store.project(bob))
    high = [request.user_id for request in await requests(store) if request.lane is Lane.HIGH]
    assert high == [ann, bob]


@pytest.mark.parametrize("end", ["patch", "cancel", "error", "delete"])
async def test_whatever_ends_a_message_moves_the_line(store: Store, end: str) -> None:
    """The owner's PATCH, a cancel of one that waits, a failed run, a deleted project."""
    user = await store.user()
    projects = [await store.project(user) for _ in range(3)]
    running = [await ask(store, user, project) for project in projects[:2]]
    waits = await ask(store, user, projects[2])
    behind = await ask(store, user, projects[2])
    match end:
        case "patch":
            await store.patch(user, running[0], "Mine", MessageStatus.COMPLETE)
        case "cancel":
            assert (await store.cancel(user, waits)).ended
            waits = behind
            assert await sent(store) == running, "the user is as busy as before"
            await store.tell(finished(running[1]))
        case "error":
            await store.tell(finished(running[0], MessageType.ERROR))
        case "delete":
            asked = OneProject(user_id=user, project_id=projects[0])
            await store.projects.on_delete_project(asked)
    assert await sent(store) == [*running, waits]


async def test_a_cancel_frees_its_project(store: Store) -> None:
    """Who waited behind a waiting message is next when that one is cancelled."""
    user = await store.user()
    running = [await ask(store, user, await store.project(user)) for _ in range(2)]
    project = await store.project(user)
    first, second = await ask(store, user, project), await ask(store, user, project)
    await store.cancel(user, first)
    assert (await store.message(user, second)).waiting == Waiting(reason="user_busy", ahead=1)
    await store.tell(finished(running[0]))
    assert await sent(store) == [*running, second]


async def test_deleting_a_project_refunds_what_waited(store: Store) -> None:
    """Nothing was begun; the run that goes on keeps its credit until it ends."""
    user = await store.user()
    project = await store.project(user)
    for _ in range(3):
        await ask(store, user, project)
    await store.projects.on_delete_project(OneProject(user_id=user, project_id=project))
    assert (await store.accounts.on_get_usage(OneUser(user_id=user))).used == 1


async def test_a_list_says_who_waits(store: Store) -> None:
    """As the single message does; a question never waits."""
    user = await store.user()
    project = await store.project(user)
    for _ in range(3):
        await ask(store, user, project)
    page = await store.messages.on_list_messages(ListMessages(user_id=user, project_id=project))
    ahead = [message.waiting and message.waiting.ahead for message in page.items]
    assert ahead == [None, None, None, 1, None, 2]


async def test_a_repeated_request_learns_when_its_turn_came(store: Store) -> None:
    """Under the same idempotency key: nothing to publish while it waits, the request afterwards."""
    user = await store.user()
    project = await store.project(user)
    first = await ask(store, user, project)
    held = await store.begin(user, project, idempotency_key="k")
    assert (await store.begin(user, project, idempotency_key="k")).request is None
    await store.tell(finished(first))
    again = await store.begin(user, project, idempotency_key="k")
    assert again.request is not None
    assert again.request == (await requests(store))[-1]
    assert again.message.id == held.message.id


@pytest.fixture
def short(store: Store) -> Store:
    """A store that lets two messages of a user wait."""
    settings = store.settings.model_copy(update={"waiting_per_user": 2})
    return Store(store.database, store.url, store.blobs, settings)


async def test_a_line_is_bounded(short: Store) -> None:
    """One too many is refused with a time to come back, and costs nothing."""
    user = await short.user()
    project = await short.project(user)
    messages = [await ask(short, user, project) for _ in range(3)]
    with pytest.raises(Refused) as refused:
        await ask(short, user, project)
    assert refused.value.refusal.code == "queue_full"
    assert (refused.value.refusal.retry_after or 0) > 0
    assert len(await short.sql('SELECT FROM "Credit"')) == 3
    await short.tell(finished(messages[0]))
    await ask(short, user, project)


async def test_nobody_is_dispatched_twice_or_above_the_limit(store: Store) -> None:
    """Twenty at once from all sides: never more with the agents than may be, each one once."""
    user = await store.user(plan=Plan.PRO)
    projects = [await store.project(user) for _ in range(6)]

    async def story(number: int) -> None:
        message = await ask(store, user, projects[number % 6])

        async def is_sent() -> bool:
            return message in await sent(store)

        await eventually(is_sent, 30)
        count = await with_agents(store)
        assert count <= store.lines.at_once[Plan.PRO]
        await store.tell(finished(message))

    await asyncio.gather(*(story(number) for number in range(20)))
    names = await sent(store)
    assert len(names) == len(set(names)) == 20


async def with_agents(store: Store) -> int:
    (row,) = await store.sql(
        """
        SELECT count(*) FROM "Message"
        WHERE "status" <> 'COMPLETE' AND "dispatchedAt" IS NOT NULL
        """
    )
    return int(row["count"])


async def test_batches_of_two_replicas_do_not_block_each_other(store: Store) -> None:
    """The same messages in opposite orders, with begins in between: rows are locked in one order,
    so nobody waits in a ring."""
    users = [await store.user(name) for name in ("ann", "bob", "cid")]
    projects = [await store.project(user) for user in users]
    pairs = list(zip(users, projects, strict=True))
    messages = [await ask(store, user, project) for user, project in pairs]

    def batch(names: Sequence[str], tag: str) -> list[RunStarted | RunFinished]:
        begins = [RunStarted(event_id=f"{tag}{name}", message_id=name, attempt=1) for name in names]
        return [*begins, *(finished(name) for name in names)]

    await asyncio.gather(
        *(store.tell(*batch(messages, f"a{n}-")) for n in range(4)),
        *(store.tell(*batch(messages[::-1], f"b{n}-")) for n in range(4)),
        *(ask(store, user, project) for user, project in pairs),
    )
    for user, message in zip(users, messages, strict=True):
        assert (await store.message(user, message)).status is MessageStatus.COMPLETE
    assert len(await sent(store)) == 6


async def test_limits_come_from_the_settings(store: Store) -> None:
    """By plan."""
    settings = store.settings.model_copy(update={"free_runs_at_once": 1, "pro_runs_at_once": 7})
    assert Lines(settings).at_once == {Plan.FREE: 1, Plan.PRO: 7}
