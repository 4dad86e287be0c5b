"""The end of a run: its verdicts, its tokens, its fragment, its credit."""

from datetime import datetime
from typing import Final

from millstream_shared.contracts.enums import MessageType
from millstream_shared.contracts.facts import ModelUsage, RunFinished
from millstream_store.core.results import Result
from millstream_store.sql.session import Session

CREDIT_AFTER: Final = {MessageType.RESULT: "SETTLED", MessageType.ERROR: "REFUNDED"}


async def keep_result(
    session: Session, fact: RunFinished, result: Result | None, now: datetime
) -> None:
    """Records the run with its message, the first time that it ends."""
    recorded = await session.value(
        "record_run",
        message_id=fact.message_id,
        reason=fact.reason if fact.outcome is MessageType.ERROR else None,
        checks=[check.model_dump(mode="json", by_alias=True) for check in fact.checks],
        usage=fact.usage.model_dump(mode="json", by_alias=True),
    )
    if recorded and result:
        await _keep_fragment(session, fact.message_id, result, now)


async def end_credit(
    session: Session, message_id: str, outcome: MessageType, usage: ModelUsage | None = None
) -> None:
    """Settles or refunds, once; a later call only adds what the run has cost."""
    await session.run(
        "end_credit",
        message_id=message_id,
        state=CREDIT_AFTER[outcome],
        usage=usage and usage.model_dump(mode="json", by_alias=True),
    )


async def _keep_fragment(session: Session, message_id: str, result: Result, now: datetime) -> None:
    created = await session.value(
        "create_fragment",
        fragment_id=result.fragment_id,
        message_id=message_id,
        title=result.title,
        files=result.texts,
        framework=result.framework,
        now=now,
    )
    if not created:
        return
    await session.run("save_blobs", names=list(result.blobs), contents=list(result.blobs.values()))
    for statement, files in (
        ("create_binary_files", result.binaries),
        ("create_preview_files", result.preview),
    ):
        await session.run(
            statement,
            fragment_id=result.fragment_id,
            paths=list(files),
            names=list(files.values()),
        )
