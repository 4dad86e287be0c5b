"""What each kind of failure means for the next attempt, and for the provider's standing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from millstream_shared.contracts.enums import ErrorType

Rest = Literal["none", "failure", "limit", "long"]


@dataclass(frozen=True)
class Blame:
    """`again`: who may be asked next; `rest`: what it means for who was asked.

    none     nothing: it was not the provider's fault
    failure  one in a row; after some in a row it rests
    limit    it rests for as long as it said itself
    long     it rests at once: asking again soon cannot help
    """

    again: Literal["anyone", "others", "nobody"]
    rest: Rest = "none"


BLAME: Final[Mapping[ErrorType, Blame]] = {
    ErrorType.BAD_REQUEST: Blame("others"),
    ErrorType.CONTEXT_TOO_LONG: Blame("others"),
    ErrorType.CONTENT_FILTER: Blame("nobody"),
    ErrorType.BUDGET: Blame("nobody"),
    ErrorType.UNREACHABLE: Blame("anyone", "failure"),
    ErrorType.AUTHENTICATION: Blame("others", "long"),
    ErrorType.UNKNOWN_MODEL: Blame("others", "long"),
    ErrorType.RATE_LIMITED: Blame("anyone", "limit"),
    ErrorType.OVERLOADED: Blame("anyone", "failure"),
    ErrorType.SLOW_FIRST_TOKEN: Blame("anyone", "failure"),
    ErrorType.STALLED: Blame("anyone", "failure"),
    ErrorType.TOO_SLOW: Blame("anyone", "failure"),
    ErrorType.CUT: Blame("anyone", "failure"),
    ErrorType.MALFORMED: Blame("anyone", "failure"),
    ErrorType.TRUNCATED: Blame("anyone", "failure"),
    ErrorType.GAVE_UP: Blame("anyone", "failure"),
    ErrorType.EMPTY: Blame("anyone", "failure"),
    ErrorType.TOO_LONG: Blame("anyone"),
    ErrorType.REPETITION: Blame("anyone"),
    ErrorType.CANCELLED: Blame("nobody"),
    ErrorType.SUPERSEDED: Blame("nobody"),
    ErrorType.LOST: Blame("anyone"),
}
