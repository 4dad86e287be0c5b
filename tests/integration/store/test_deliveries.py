"""However the facts of a run are delivered, the message ends as if they had come in order, once."""

import asyncio
from dataclasses import dataclass
from itertools import count, pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millstream_shared.contracts.checks import CheckFinished, CheckOutcome
from millstream_shared.contracts.enums import (
    CheckKind,
    Framework,
    MessageStatus,
    MessageType,
    Plan,
)
from millstream_shared.contracts.facts import (
    ContentGrew,
    Fact,
    FragmentDraft,
    FrameworkSelected,
    ModelUsage,
    RunFinished,
    RunStarted,
)
from millstream_shared.contracts.store import OneProject
from tests.integration.store.stored import PUBLIC_EVENTS, Store

numbers = count()


@dataclass(frozen=True)
class Delivery:
    """In which order a run's facts come (each at least once), how they fall into batches, and
    whether these are applied `at_once`, by as many replicas."""

    order: list[int]
    cuts: list[int]
    at_once: bool = False


FACTS = 9


@st.composite
def deliveries(draw: st.DrawFn) -> Delivery:
    doubles = draw(st.lists(st.integers(0, FACTS - 1), max_size=6))
    order = draw(st.permutations([*range(FACTS), *doubles]))
    cuts = draw(st.lists(st.integers(1, len(order)), max_size=4))
    return Delivery(order, cuts, draw(st.booleans()))


def run_of(message: str, fragment: FragmentDraft, outcome: MessageType) -> list[Fact]:
    """An attempt that was cut, and the one after it, which came to the end."""

    def name(number: int) -> dict[str, object]:
        return {"event_id": f"{message}-{number}", "message_id": message}

    def grew(number: int, attempt: int, offset: int, text: str) -> ContentGrew:
        rest = {"attempt": attempt, "offset": offset, "text": text}
        return ContentGrew.model_validate(name(number) | rest)

    check = CheckFinished(
        message_id=message, step="v", kind=CheckKind.BUILD, outcome=CheckOutcome.PASSED, exit_code=0
    )
    end = {
        "attempt": 2,
        "outcome": outcome,
        "content": "A kanban board.",
        "reason": "checks_failed",
        "fragment": fragment,
        "checks": (check,),
        "usage": ModelUsage(calls=3, input_tokens=9, output_tokens=4),
    }
    framework = {"attempt": 1, "framework": Framework.VUE}
    return [
        RunStarted.model_validate(name(0) | {"attempt": 1}),
        FrameworkSelected.model_validate(name(1) | framework),
        grew(2, 1, 0, "A kan"),
        grew(3, 1, 5, "ban"),
        RunStarted.model_validate(name(4) | {"attempt": 2}),
        FrameworkSelected.model_validate(name(5) | framework | {"attempt": 2}),
        grew(6, 2, 0, "A kanban"),
        grew(7, 2, 8, " board"),
        RunFinished.model_validate(name(8) | end),
    ]


async def deliver(store: Store, facts: list[Fact], delivery: Delivery) -> None:
    stream = [facts[index] for index in delivery.order]
    edges = [0, *sorted(delivery.cuts), len(stream)]
    batches = [stream[start:stop] for start, stop in pairwise(edges) if start < stop]
    if delivery.at_once:
        await asyncio.gather(*(store.tell(*batch) for batch in batches))
        return
    for batch in batches:
        await store.tell(*batch)


async def told(store: Store, outcome: MessageType, delivery: Delivery) -> dict[str, object]:
    """All that is to be seen of a run that was delivered like that; names and times left out."""
    user = await store.user(f"user-{next(numbers)}", Plan.PRO)
    project = await store.project(user)
    message = (await store.begin(user, project)).message.id
    behind = (await store.begin(user, project)).message.id
    fragment = FragmentDraft(
        fragment_id=f"f-{message}",
        title="Board",
        framework=Framework.VUE,
        files=await store.blobs.put_tree({"a.ts": b"let a", "b.png": b"\0"}),
    )
    await deliver(store, run_of(message, fragment, outcome), delivery)
    seen = await store.message(user, message)
    view = await store.projects.on_get_project(OneProject(user_id=user, project_id=project))
    credit = await store.sql(
        'SELECT "state", "usage" FROM "Credit" WHERE "messageId" = $1', message
    )
    events = [row["subject"] for row in await store.sql(PUBLIC_EVENTS) if message in row["subject"]]
    assert len(events) == len(set(events)), "a change of status is announced once"
    return {
        "seen": seen.model_dump(
            exclude={"id", "project_id", "created_at", "updated_at", "fragment", "checks"}
        ),
        "checks": len(seen.checks),
        "files": seen.fragment and seen.fragment.files,
        "framework": view.framework,
        "credit": credit,
        "last event": events[-1].rpartition(".")[2],
        "next": (await store.message(user, behind)).waiting,
    }


@given(st.sampled_from([MessageType.RESULT, MessageType.ERROR]), deliveries())
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_the_end_is_that_of_in_order_delivery(
    store: Store, outcome: MessageType, delivery: Delivery
) -> None:
    """Doubled, delayed, reordered, in whatever batches; an end before its beginning too."""
    in_order = Delivery(list(range(FACTS)), [])
    expected = await told(store, outcome, in_order)
    assert await told(store, outcome, delivery) == expected
    assert expected["last event"] == MessageStatus.COMPLETE
    assert expected["next"] is None
