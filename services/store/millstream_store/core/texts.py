"""What Postgres can hold as text: anything but NUL."""

from typing import Final

import orjson

from millstream_shared.contracts.facts import RUN_FACT, RunFact

NUL: Final = "\x00"
STAND_IN: Final = "\N{REPLACEMENT CHARACTER}"


def text_of(data: bytes) -> str | None:
    """`data` as a text, or None when it is none: not UTF-8, or with NUL in it."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if NUL in text else text


def read_fact(data: bytes) -> RunFact:
    """The fact in `data`; raises pydantic.ValidationError when it is none.

    A model may write NUL. It is replaced by another single character, so that offsets stay right.
    """
    if b"\\u0000" not in data:
        return RUN_FACT.validate_json(data)
    return RUN_FACT.validate_python(_without_nul(orjson.loads(data)))


def _without_nul(value: object) -> object:
    match value:
        case str():
            return value.replace(NUL, STAND_IN)
        case list():
            return [_without_nul(item) for item in value]
        case dict():
            return {_without_nul(key): _without_nul(item) for key, item in value.items()}
        case _:
            return value
