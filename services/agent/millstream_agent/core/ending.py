"""How a run's end is told: to the store as one fact, to viewers as the last events."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from millstream_agent.core.failures import RunEnded
from millstream_agent.core.journey import Journey, Result, tidy_title
from millstream_agent.core.verdict import check_of
from millstream_shared.contracts.checks import Snapshot
from millstream_shared.contracts.enums import CheckKind, MessageStatus, MessageType
from millstream_shared.contracts.facts import FragmentDraft, RunFinished
from millstream_shared.contracts.runs import (
    Done,
    FragmentStored,
    PreviewReady,
    RunFailed,
    StatusChanged,
    ViewerEvent,
)

PREVIEW_LIFE = timedelta(days=1)


def succeeded(journey: Journey, result: Result, files: Snapshot, fragment_id: str) -> RunFinished:
    """The fact of a run with a result; `files` names the blobs of its tree."""
    build = check_of(result.version.verdict, CheckKind.BUILD)
    return RunFinished(
        **_who(journey.context.message_id, journey.attempt),
        outcome=MessageType.RESULT,
        content=result.response,
        fragment=FragmentDraft(
            fragment_id=fragment_id,
            title=result.title,
            framework=result.framework,
            files=files,
            preview=build.built if build else {},
        ),
        checks=result.version.verdict.checks,
        usage=journey.ledger.usage,
    )


def failed(journey: Journey, ended: RunEnded, files: Snapshot, fragment_id: str) -> RunFinished:
    """The fact of a run without a result; what was written, if anything, is kept."""
    fragment = None
    if files and journey.toolbox:
        fragment = FragmentDraft(
            fragment_id=fragment_id,
            title=tidy_title(journey.context.prompt),
            framework=journey.toolbox.framework,
            files=files,
        )
    return RunFinished(
        **_who(journey.context.message_id, journey.attempt),
        outcome=MessageType.ERROR,
        content=ended.message,
        reason=ended.code,
        fragment=fragment,
        checks=journey.checks,
        usage=journey.ledger.usage,
    )


def abandoned(message_id: str, attempt: int, ended: RunEnded) -> RunFinished:
    """The fact of a message that no attempt could bring to its end."""
    return RunFinished(
        **_who(message_id, attempt),
        outcome=MessageType.ERROR,
        content=ended.message,
        reason=ended.code,
    )


def answered(message_id: str, attempt: int) -> RunFinished:
    """What viewers are told of a message that is complete already; the store keeps its own."""
    return RunFinished(**_who(message_id, attempt), outcome=MessageType.RESULT, content="")


def last_events(fact: RunFinished, now: datetime) -> Sequence[ViewerEvent]:
    """What viewers hear once the store has the result; `done` is the last."""
    events: list[ViewerEvent] = []
    if draft := fact.fragment:
        events.append(
            FragmentStored(
                fragment_id=draft.fragment_id,
                title=draft.title,
                framework=draft.framework,
                files=tuple(sorted(draft.files)),
            )
        )
    if draft and draft.preview:
        events.append(PreviewReady(fragment_id=draft.fragment_id, expires_at=now + PREVIEW_LIFE))
    if fact.reason:
        events.append(RunFailed(code=fact.reason, message=fact.content))
    events.append(
        StatusChanged(
            status=MessageStatus.COMPLETE, attempt=fact.attempt, message_type=fact.outcome
        )
    )
    events.append(Done(message_type=fact.outcome))
    return events


def _who(message_id: str, attempt: int) -> dict[str, Any]:
    return {
        "event_id": f"{message_id}:{attempt}:finished",
        "message_id": message_id,
        "attempt": attempt,
    }
