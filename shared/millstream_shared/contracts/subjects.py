"""The names on the wire: streams, buckets and subjects. One place, so that they can be searched."""

from millstream_shared.contracts.enums import CheckKind, Lane, MessageStatus, RunKind

GENERATIONS = "GENERATIONS"
RUNS = "RUNS"
CHECKS = "CHECKS"
ANSWERS = "ANSWERS"
EVENTS = "EVENTS"
DEAD = "DEAD"
ADVISORIES = "ADVISORIES"

BLOBS = "blobs"
CARDS = "cards"
CANCEL = "cancel"
MODELS = "models"
BUDGETS = "budgets"
REPLIES = "REPLIES"


def generation_requested(lane: Lane, user_id: str, message_id: str) -> str:
    """The message's id is in it, so that one can ask whether the message is still queued."""
    return f"generation.requested.{lane}.{user_id}.{message_id}"


def queued(message_id: str) -> str:
    """Where a message waits for an agent, or is held by one, on whatever lane."""
    return f"generation.requested.*.*.{message_id}"


def run_entry(message_id: str, kind: RunKind) -> str:
    return f"run.{message_id}.{kind}"


def run_entries(message_id: str) -> str:
    """All entries of one run, of every kind: what the fence counts."""
    return f"run.{message_id}.>"


def live_entry(subject: str) -> str:
    """Where the broker repeats a stored `run.*.delta` entry for live viewers."""
    return f"live.{subject}"


def validation_requested(message_id: str) -> str:
    return f"check.validate.{message_id}"


def check_requested(kind: CheckKind, message_id: str) -> str:
    return f"check.{kind}.{message_id}"


def command_requested(message_id: str) -> str:
    return f"check.command.{message_id}"


def answer(request_subject: str, step: str) -> str:
    """Where the durable answer to a request of the CHECKS stream is put."""
    return f"answer.{request_subject}.{step}"


def message_status_changed(project_id: str, message_id: str, status: MessageStatus) -> str:
    return f"message.{project_id}.{message_id}.{status}"


def known_reply(key: str) -> str:
    """Where a model's complete answer to a question is kept; `key` is the question's digest."""
    return f"reply.{key}"


def dead(stream: str) -> str:
    """Where a message of `stream` is kept that nobody could deal with."""
    return f"dead.{stream}"


def deliveries_exhausted(stream: str) -> str:
    """Where the broker says that a message of `stream` is not delivered any more, by consumer."""
    return f"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{stream}.*"
