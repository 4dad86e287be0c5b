"""Requests by their subject, and the answer to one that cannot be done."""

from collections.abc import Mapping
from typing import Final

from millstream_shared.contracts import subjects
from millstream_shared.contracts.checks import (
    CheckFinished,
    CheckOutcome,
    CheckRequested,
    CommandFinished,
    CommandRequested,
    ValidationFinished,
    ValidationRequested,
    WorkRequest,
)
from millstream_shared.contracts.enums import CheckKind
from millstream_validator.core import verdict

REQUESTS: Final[Mapping[str, type[WorkRequest]]] = {
    "validate": ValidationRequested,
    **dict.fromkeys(CheckKind, CheckRequested),
    "command": CommandRequested,
}
"""By the second word of the subject: check.<this>.<message>."""

Answer = ValidationFinished | CheckFinished | CommandFinished


def read_request(subject: str, data: bytes) -> WorkRequest:
    """Raises pydantic.ValidationError, or KeyError for a subject that is none of ours."""
    return REQUESTS[subject.split(".")[1]].decode(data)


def checks_of(event: ValidationRequested) -> list[CheckRequested]:
    """The checks that make up a validation."""
    return [
        CheckRequested(
            message_id=event.message_id,
            step=event.step,
            framework=event.framework,
            files=event.files,
            kind=kind,
        )
        for kind in CheckKind
    ]


def subject_of(request: WorkRequest) -> str:
    """The subject that the request came on."""
    match request:
        case ValidationRequested():
            return subjects.validation_requested(request.message_id)
        case CheckRequested():
            return subjects.check_requested(request.kind, request.message_id)
        case _:
            return subjects.command_requested(request.message_id)


def unavailable(request: WorkRequest, why: str) -> Answer:
    """The work could not be done; that is never green."""
    match request:
        case ValidationRequested():
            return ValidationFinished(
                message_id=request.message_id,
                step=request.step,
                checks=tuple(verdict.unavailable(check, why) for check in checks_of(request)),
            )
        case CheckRequested():
            return verdict.unavailable(request, why)
        case _:
            return CommandFinished(
                message_id=request.message_id, step=request.step, exit_code=None, output=why
            )


def is_unavailable(answer: Answer) -> bool:
    """Whether the work, or a part of it, could not be done: no answer for whoever asks later."""
    match answer:
        case ValidationFinished():
            return any(is_unavailable(check) for check in answer.checks)
        case CheckFinished():
            return answer.outcome is CheckOutcome.UNAVAILABLE
        case _:
            return answer.exit_code is None and answer.stopped_by is None
