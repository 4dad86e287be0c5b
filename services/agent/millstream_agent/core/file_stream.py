"""Files as they appear inside a tool call whose JSON arguments are still arriving."""

from dataclasses import dataclass, field
from typing import Any

from jiter import from_json

from millstream_agent.core.conversation import ToolCall

WRITING = "createOrUpdateFiles"
"""The tool whose files viewers see arrive."""


@dataclass(frozen=True)
class Growth:
    """More of one file: `started` on first sight; `text` is what was added."""

    path: str
    text: str
    started: bool


def partial_arguments(arguments: str) -> dict[str, Any]:
    """What can be read so far of a JSON object, with its last string cut where it is cut.

    Raises ValueError when the text cannot be the beginning of JSON.
    """
    if not arguments.strip():
        return {}
    value = from_json(arguments.encode("utf-8", "surrogatepass"), partial_mode="trailing-strings")
    return value if isinstance(value, dict) else {}


@dataclass
class FileStream:
    """Follows one `createOrUpdateFiles` call and tells what each look at it adds."""

    _shown: dict[int, int] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)

    def advance(self, arguments: str) -> list[Growth]:
        """What is new since the last look. Unreadable arguments add nothing."""
        try:
            files = partial_arguments(arguments).get("files")
        except ValueError:
            return []
        if not isinstance(files, list):
            return []
        grown = (self._grow(index, file) for index, file in enumerate(files))
        return [growth for growth in grown if growth]

    def _grow(self, index: int, file: Any) -> Growth | None:
        # A path may still be growing itself; it is whole once the content has begun.
        if not isinstance(file, dict) or not isinstance(file.get("content"), str):
            return None
        path, content = str(file.get("path", "")), file["content"]
        started = index not in self._shown
        if started:
            self.paths.append(path)
        added = content[self._shown.get(index, 0) :]
        self._shown[index] = len(content)
        return Growth(path, added, started) if added or started else None


def streamed_paths(call: ToolCall) -> set[str]:
    """Paths whose content viewers have seen arrive with a whole call."""
    stream = FileStream()
    if call.name == WRITING:
        stream.advance(call.arguments)
    return set(stream.paths)
