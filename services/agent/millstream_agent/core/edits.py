"""Search/replace edits: each must apply exactly once, or none is applied and the reason is said."""

from collections.abc import Sequence
from dataclasses import dataclass

from millstream_agent.core.tree import Refusal


@dataclass(frozen=True)
class Edit:
    search: str
    replace: str


def apply_edits(path: str, text: str, edits: Sequence[Edit]) -> str:
    """`text` after all edits in order; raises Refusal naming the first one that does not apply."""
    for number, edit in enumerate(edits, start=1):
        text = _apply(f"edit {number} of {path}", text, edit)
    return text


def _apply(name: str, text: str, edit: Edit) -> str:
    if not edit.search:
        raise Refusal(f"{name} has an empty search text; nothing was changed")
    count = text.count(edit.search)
    if count == 0:
        raise Refusal(
            f"{name} was NOT applied: its search text does not occur in the file. "
            "Read the file and copy the text exactly, with its spaces and line breaks"
        )
    if count > 1:
        raise Refusal(
            f"{name} was NOT applied: its search text occurs {count} times. "
            "Include more of the lines around it so that it occurs once"
        )
    return text.replace(edit.search, edit.replace, 1)
