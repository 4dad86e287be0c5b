"""JSON that is safe to pass on: to pydantic, NATS and Postgres."""

import json
import re
from typing import Any, Final, NoReturn

import jiter

_UNSTORABLE: Final = re.compile(r"[\0\ud800-\udfff]")


class NotAcceptable(ValueError):
    """The bytes are not JSON, or JSON that some part behind us could not store."""


def loads(data: bytes) -> Any:
    """The value in `data` (UTF-8); Any, because JSON may hold anything.

    Raises NotAcceptable for malformed JSON, NaN and Infinity, lone surrogates, duplicate names,
    more than 200 levels, and NUL in a string, which Postgres cannot store.
    """
    try:
        value = jiter.from_json(data, allow_inf_nan=False, catch_duplicate_keys=True)
    except ValueError as error:
        raise NotAcceptable("the body is malformed, or has duplicate names") from error
    if rb"\u0000" in data and not is_storable(value):
        raise NotAcceptable("the body holds a NUL character")
    return value


def loads_like_javascript(data: bytes) -> Any:
    """The value in `data` as `JSON.parse` reads it: lone surrogates pass, the last double wins.

    Raises NotAcceptable when it is not JSON.
    """
    try:
        return json.loads(data.decode(), parse_constant=_refuse)
    except RecursionError:
        return None  # JSON all right, but nothing that we ask for is that deep
    except ValueError as error:
        raise NotAcceptable("not JSON") from error


def is_storable(value: Any) -> bool:
    """Whether every string of a JSON value can be stored: no NUL, no lone surrogate."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str(text) if _UNSTORABLE.search(text):
                return False
            case dict(members):
                waiting += [*members.keys(), *members.values()]
            case list(items):
                waiting += items
    return True


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
