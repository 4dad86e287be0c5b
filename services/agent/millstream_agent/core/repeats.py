"""Tool calls that can tell the model nothing new: made before, while nothing has changed since."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from millstream_agent.core.conversation import ToolCall
from millstream_agent.core.tree import FileTree

GO_ON: Final = "Do what is left, or, if everything is done, end with <task_summary>."
DONE_BEFORE: Final = {
    "terminal": "This command was already run,",
    "editFile": "These edits were already tried,",
}
WHOLE: Final = 40_000
"""Characters, twice as many when they are escaped; of more at once the model has not seen all."""

Files = Mapping[str, str]


@dataclass
class Repeats:
    """What the conversation of one step already shows."""

    _made: dict[str, Files] = field(default_factory=dict, init=False)
    """The files with which a command was run, or an edit was tried."""
    _shown: dict[str, str] = field(default_factory=dict, init=False)
    """Texts of files, as the model has seen or written them."""

    def show(self, paths: Iterable[str], tree: FileTree) -> None:
        """The model has the texts of these files before it."""
        self._shown.update({path: tree.files[path] for path in paths if path in tree.files})

    def forget(self) -> None:
        """Contents were left out of the conversation: they may be asked for again."""
        self._shown.clear()
        self._made.clear()

    def found(self, call: ToolCall, tree: FileTree) -> str | None:
        """What to tell the model instead of carrying the call out; None when it is no repeat."""
        if (
            call.name in DONE_BEFORE
            and _arguments(call)
            and self._made.get(_canonical(call)) == tree.files
        ):
            return f"{DONE_BEFORE[call.name]} and no file has changed since. {GO_ON}"
        paths = _read_paths(call)
        if paths and all(_same(self._shown.get(path), tree.files.get(path)) for path in paths):
            return (
                f"You already have the text of {', '.join(paths)}; nothing changed in it. {GO_ON}"
            )
        return None

    def note(self, call: ToolCall, before: FileTree, after: FileTree) -> None:
        """The call was carried out, by itself or among others between these two trees."""
        if call.name == "editFile" or (call.name == "terminal" and before == after):
            self._made[_canonical(call)] = before.files
        read = _read_paths(call)
        if sum(len(before.files.get(path, "")) for path in read) < WHOLE:
            self.show(read, before)
        written = _written(call)
        self.show((path for path, text in written.items() if after.files.get(path) == text), after)


def _same(shown: str | None, now: str | None) -> bool:
    return shown is not None and shown == now


def _canonical(call: ToolCall) -> str:
    return json.dumps([call.name, _arguments(call)], sort_keys=True)


def _arguments(call: ToolCall) -> dict[str, object]:
    try:
        arguments = json.loads(call.arguments or "{}")
    except (ValueError, RecursionError):
        return {}
    return arguments if isinstance(arguments, dict) else {}


def _read_paths(call: ToolCall) -> list[str]:
    paths = _arguments(call).get("paths") if call.name == "readFiles" else None
    return [str(path).removeprefix("./") for path in paths] if isinstance(paths, list) else []


def _written(call: ToolCall) -> dict[str, str]:
    files = _arguments(call).get("files") if call.name == "createOrUpdateFiles" else None
    if not isinstance(files, list):
        return {}
    whole = (file for file in files if isinstance(file, dict))
    return {str(file.get("path", "")): str(file.get("content", "")) for file in whole}
