"""JSON that is safe to pass on: to pydantic, NATS and Postgres."""

import json
from typing import Any, NoReturn

import jiter


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
    if rb"\u0000" in data and has_nul(value):
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


def has_nul(value: Any) -> bool:
    """Whether any string of a JSON value holds a NUL character."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str(text) if "\0" in text:
                return True
            case dict(members):
                waiting += [*members.keys(), *members.values()]
            case list(items):
                waiting += items
    return False


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
