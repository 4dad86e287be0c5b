"""Every stream and bucket, declared with nats-py: FastStream's own declaration lacks newer flags.

Declaring is idempotent and brings an existing stream up to date; several at once may do it. Each
service does so at start and after every reconnect, as the broker's store may be empty by then.
"""

import time

from nats.js import JetStreamContext, api
from nats.js.errors import BadRequestError, NotFoundError

from millstream_shared.contracts import subjects

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MEGABYTE = 1024**2

STREAMS = (
    api.StreamConfig(
        name=subjects.GENERATIONS,
        description="Messages that wait for an agent",
        subjects=["generation.requested.>"],
        retention=api.RetentionPolicy.WORK_QUEUE,
        max_msgs=10_000,
        discard=api.DiscardPolicy.NEW,  # a full queue is said to the asker, never forgotten
        duplicate_window=2 * MINUTE,
    ),
    api.StreamConfig(
        name=subjects.RUNS,
        description="The log of every run: one writer each, many readers",
        subjects=["run.>"],
        max_age=DAY,
        duplicate_window=2 * MINUTE,
        allow_direct=True,
        # The broker repeats what it stored, with its sequence: live viewers need no consumer.
        republish=api.RePublish(src="run.*.delta", dest="live.run.{{wildcard(1)}}.delta"),
    ),
    api.StreamConfig(
        name=subjects.CHECKS,
        description="Work for the validators",
        subjects=["check.>"],
        retention=api.RetentionPolicy.WORK_QUEUE,
        max_msgs=10_000,
        discard=api.DiscardPolicy.NEW,
        duplicate_window=2 * MINUTE,
    ),
    api.StreamConfig(
        name=subjects.ANSWERS,
        description="Their answers, kept so that an asker may ask again",
        subjects=["answer.>"],
        max_msgs_per_subject=1,
        max_age=HOUR,
        allow_direct=True,
    ),
    api.StreamConfig(
        name=subjects.REPLIES,
        description="Model answers that are known; the oldest make room",
        subjects=["reply.>"],
        max_msgs_per_subject=1,
        max_age=DAY,
        max_bytes=256 * MEGABYTE,
        allow_direct=True,
    ),
    api.StreamConfig(
        name=subjects.EVENTS,
        description="What other services subscribe to",
        subjects=["message.>"],
        max_age=7 * DAY,
        duplicate_window=2 * MINUTE,
    ),
    api.StreamConfig(
        name=subjects.ADVISORIES,
        description="What the broker says of work that it delivers no more",
        subjects=[subjects.deliveries_exhausted(subjects.CHECKS)],
        retention=api.RetentionPolicy.WORK_QUEUE,
        max_msgs=10_000,
        max_age=DAY,
    ),
    api.StreamConfig(
        name=subjects.DEAD,
        description="Messages that nobody could deal with, for an operator to look at",
        subjects=[subjects.dead(">")],
        max_age=30 * DAY,
        max_msgs=10_000,
        max_bytes=256 * MEGABYTE,
        duplicate_window=2 * MINUTE,
        allow_direct=True,
    ),
)

BUCKETS = (
    api.KeyValueConfig(
        bucket=subjects.BLOBS, description="File contents by SHA-256", ttl=DAY, direct=True
    ),
    api.KeyValueConfig(
        bucket=subjects.CARDS, description="What each framework's workshop offers", direct=True
    ),
    api.KeyValueConfig(
        bucket=subjects.CANCEL, description="Runs to be stopped", ttl=HOUR, direct=True
    ),
    api.KeyValueConfig(
        bucket=subjects.MODELS, description="How model providers are doing", ttl=HOUR
    ),
    api.KeyValueConfig(
        bucket=subjects.BUDGETS, description="Tokens spent, by account", ttl=2 * DAY
    ),
)


async def declare(js: JetStreamContext) -> None:
    """Creates or updates all streams and buckets."""
    for stream in STREAMS:
        await _declare_stream(js, stream)
    for bucket in BUCKETS:
        await _declare_bucket(js, bucket)


async def declare_consumer(js: JetStreamContext, stream: str, config: api.ConsumerConfig) -> None:
    """Creates a durable consumer, or brings its configuration up to date."""
    await js.add_consumer(stream, config)


async def _declare_stream(js: JetStreamContext, config: api.StreamConfig) -> None:
    stored = config.evolve(storage=api.StorageType.FILE)
    try:
        await js.update_stream(stored)
    except NotFoundError:
        try:
            await js.add_stream(stored.evolve(first_seq=_first_seq(config)))
        except BadRequestError:  # somebody else was quicker, with another first sequence
            await js.update_stream(stored)


def _first_seq(config: api.StreamConfig) -> int | None:
    """Where a new stream's sequence begins; None is the server's own beginning, 1.

    A sequence of the run log is a viewer's cursor, so it must grow even when the log was lost and
    made anew. The clock in microseconds does: no log stores a million entries a second for long.
    It is exact as a number in JavaScript until the year 2255.
    """
    return time.time_ns() // 1000 if config.name == subjects.RUNS else None


async def _declare_bucket(js: JetStreamContext, config: api.KeyValueConfig) -> None:
    try:
        await js.key_value(config.bucket)
    except NotFoundError:
        await js.create_key_value(config.evolve(storage=api.StorageType.FILE, history=1))
