"""Saying no: refusals that a verb answers with."""

from millstream_shared.contracts.store import Code, Refusal, Refused


def refused(code: Code, detail: str, retry_after: float | None = None) -> Refused:
    """An exception to raise; `detail` is for people, `retry_after` in seconds."""
    return Refused(Refusal(code=code, detail=detail, retry_after=retry_after))


def no_project() -> Refused:
    return refused("not_found", "there is no such project")


def no_message() -> Refused:
    return refused("not_found", "there is no such message")
