"""Reading the evidence: from the broker and the database themselves, not by the code under test."""

import json
from collections.abc import Sequence
from typing import Any

import asyncpg
import httpx
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import api
from nats.js.errors import NotFoundError

from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import MessageType, RunKind
from tests.chaos.harness.evidence import Evidence, Fragment, Logged, Public, Stored
from tests.chaos.harness.payments import Calls
from tests.support.viewer import Sighting

EVERYTHING = api.ConsumerConfig(
    deliver_policy=api.DeliverPolicy.ALL, ack_policy=api.AckPolicy.NONE, inactive_threshold=30
)

MESSAGE = 'SELECT * FROM "Message" WHERE "id" = $1'
ANSWERS = """SELECT count(*) FROM "Message" WHERE "role" = 'ASSISTANT' AND "replyTo" = $1"""
FRAGMENT = 'SELECT * FROM "Fragment" WHERE "messageId" = $1'
CREDITS = 'SELECT "state" FROM "Credit" WHERE "messageId" = $1'
TRANSITIONS = 'SELECT "status" FROM "Transition" WHERE "messageId" = $1 ORDER BY "at", "id"'


async def read_evidence(
    nats: Client,
    database_url: str,
    message_id: str,
    seen: Sequence[Sighting],
    *,
    expected: MessageType | None = MessageType.RESULT,
    wiped: bool = False,
) -> Evidence:
    log = await read_stream(nats, subjects.RUNS, subjects.run_entries(message_id))
    public = await read_stream(nats, subjects.EVENTS, f"message.*.{message_id}.*")
    return Evidence(
        message_id=message_id,
        log=tuple(logged(message) for message in log),
        seen=tuple(seen),
        stored=await read_stored(database_url, message_id),
        public=tuple(
            Public(json.loads(message.data)["eventId"], message.subject.rpartition(".")[2])
            for message in public
        ),
        expected=expected,
        wiped=wiped,
    )


async def read_stream(nats: Client, stream: str, subject: str) -> list[Msg]:
    """All messages of a stream with that subject (wildcards allowed), in order."""
    js = nats.jetstream()
    try:
        await js.get_last_msg(stream, subject)
    except NotFoundError:
        return []
    subscription = await js.pull_subscribe(subject, stream=stream, config=EVERYTHING)
    messages: list[Msg] = []
    try:
        while not messages or messages[-1].metadata.num_pending:
            messages += await subscription.fetch(500, timeout=10)
    finally:
        await subscription.unsubscribe()
    return messages


def logged(message: Msg) -> Logged:
    place = message.metadata
    return Logged(
        seq=place.sequence.stream,
        kind=RunKind(message.subject.rpartition(".")[2]),
        data=json.loads(message.data),
        at=place.timestamp.timestamp(),
    )


async def read_stored(database_url: str, message_id: str) -> Stored | None:
    connection = await asyncpg.connect(database_url)
    try:
        return await _stored(connection, message_id)
    finally:
        await connection.close()


async def _stored(connection: Any, message_id: str) -> Stored | None:
    message = await connection.fetchrow(MESSAGE, message_id)
    if message is None:
        return None
    fragment = await connection.fetchrow(FRAGMENT, message_id)
    return Stored(
        status=message["status"],
        type=message["type"],
        content=message["content"],
        attempt=message["attempt"],
        reason=message["reason"],
        checks=tuple(json.loads(message["checks"])),
        usage=json.loads(message["usage"] or "null"),
        fragment=_fragment(fragment) if fragment else None,
        credits=tuple([row["state"] for row in await connection.fetch(CREDITS, message_id)]),
        transitions=tuple(
            [row["status"] for row in await connection.fetch(TRANSITIONS, message_id)]
        ),
        answers=await connection.fetchval(ANSWERS, message["replyTo"]),
    )


def _fragment(row: Any) -> Fragment:
    return Fragment(row["id"], row["title"], row["framework"], json.loads(row["files"]))


async def read_calls(simulator_url: str) -> Calls:
    """The model calls that the simulator was paid for so far, by role."""
    async with httpx.AsyncClient(timeout=10) as client:
        counters = (await client.get(f"{simulator_url}/_sim/requests")).raise_for_status().json()
    calls = Calls()
    for tally in counters["calls"]:
        calls[tally["role"]] += tally["requests"] - tally["refused"]
    return calls
