"""Calls that were under way when their agent died: paid, and by nobody put into the ledger."""

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

import orjson

from millstream_agent.core.growing_reply import CHARS_PER_TOKEN
from millstream_shared.contracts.enums import Role, RunKind

ASKING: Final = {
    "framework": Role.SELECTOR,
    "code": Role.CODE,
    "fix": Role.FIX,
    "title": Role.TITLE,
    "response": Role.RESPONSE,
}
"""Steps that ask a model, and in which role."""


class Lost(NamedTuple):
    """A call that has no line; `output_tokens` are those that viewers had seen of it, or more."""

    role: Role
    output_tokens: int


def lost_calls(
    entries: Iterable[tuple[RunKind, bytes]], steps: Collection[str], known: Collection[Role]
) -> list[Lost]:
    """What was being asked at the end of a log, of which these are the last entries, in order.

    `steps` are those that are finished; `known` the roles that have a line anywhere.
    """
    open_calls: dict[Role, int] = {}
    if "describe" in steps and "described" not in steps:  # which announces both beforehand
        both = (role for role in (Role.TITLE, Role.RESPONSE) if role not in {*steps, *known})
        open_calls = dict.fromkeys(both, 0)
    for kind, data in entries:
        entry = orjson.loads(data)
        match kind, entry.get("type"):
            case RunKind.DELTA, "step" if role := ASKING.get(entry["name"]):
                open_calls[role] = 0
            case RunKind.DELTA, "text.delta" | "file.delta":
                for role in open_calls:
                    open_calls[role] += len(entry["text"])
            case RunKind.STATUS, "model.attempted":
                open_calls.pop(Role(entry["role"]), None)
    return [Lost(role, chars // CHARS_PER_TOKEN) for role, chars in open_calls.items()]
