"""Text that waits to be written, joined by what it belongs to.

The entries are encoded by hand here: a model per delta would cost more than all else on this path.
A contract test holds the bytes against `TextDelta` and `FileDelta`.
"""

from dataclasses import dataclass

import orjson


@dataclass(frozen=True)
class Piece:
    """One entry to write; `text_of_message` is what it adds to the message's content."""

    entry: bytes
    text_of_message: str = ""


class Pending:
    """Keeps the order between different parts, joins what follows the same one."""

    def __init__(self) -> None:
        self._texts: list[tuple[tuple[str, ...], list[str]]] = []

    def text(self, part: str, text: str) -> None:
        self._add(("text", part), text)

    def file_text(self, path: str, call_id: str, text: str) -> None:
        self._add(("file", path, call_id), text)

    def clear(self) -> None:
        self._texts.clear()

    def take(self) -> list[Piece]:
        """Everything that waits, in order; nothing waits afterwards."""
        texts, self._texts = self._texts, []
        return [_piece(key, "".join(pieces)) for key, pieces in texts]

    def _add(self, key: tuple[str, ...], text: str) -> None:
        if self._texts and self._texts[-1][0] == key:
            self._texts[-1][1].append(text)
        elif text:
            self._texts.append((key, [text]))


def _piece(key: tuple[str, ...], text: str) -> Piece:
    if key[0] == "text":
        return Piece(orjson.dumps({"type": "text.delta", "part": key[1], "text": text}), text)
    return Piece(
        orjson.dumps({"type": "file.delta", "path": key[1], "callId": key[2], "text": text})
    )
