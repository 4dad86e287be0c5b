"""The file tree of a run: path -> text, with the paths that belong to the workshop."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from millstream_shared.contracts.paths import safe_path

MAX_FILES = 200
MAX_FILE_CHARS = 400_000
MAX_TREE_CHARS = 3_000_000
"""A whole project fits into one message of the broker, with room for escapes (8 MB embedded)."""


class Refusal(ValueError):
    """Why a file was not written; the text is for the model, and names the way out."""


@dataclass(frozen=True)
class FileTree:
    """An immutable tree. Writing gives a new one."""

    files: Mapping[str, str]
    managed: frozenset[str] = frozenset()

    def write(self, path: str, content: str) -> "FileTree":
        """The tree with one file written; raises Refusal."""
        plain = plain_path(path)
        self._check(plain, content)
        return self._with({**self.files, plain: content})

    def merge(self, changed: Mapping[str, str], deleted: tuple[str, ...]) -> "FileTree":
        """The tree after a command; raises Refusal if that left too much.

        What it did to managed files is left out.
        """
        kept = {path: text for path, text in self.files.items() if path not in deleted}
        kept |= {path: self.files[path] for path in self.managed if path in self.files}
        allowed = {path: text for path, text in changed.items() if path not in self.managed}
        return self._with({**kept, **allowed})

    def patched(self, changed: Mapping[str, str], deleted: Collection[str]) -> "FileTree":
        """The tree after changes that were accepted before."""
        kept = {path: text for path, text in self.files.items() if path not in deleted}
        return FileTree({**kept, **changed}, self.managed)

    def changes_from(self, other: "FileTree") -> list[str]:
        """Paths whose text differs, sorted."""
        return sorted(
            path
            for path in self.files.keys() | other.files.keys()
            if self.files.get(path) != other.files.get(path)
        )

    def _with(self, files: Mapping[str, str]) -> "FileTree":
        if len(files) > MAX_FILES:
            raise Refusal(f"the project would have more than {MAX_FILES} files; use fewer")
        if sum(map(len, files.values())) > MAX_TREE_CHARS:
            raise Refusal(
                f"the project would have more than {MAX_TREE_CHARS} characters; write less data"
            )
        return FileTree(files, self.managed)

    def _check(self, path: str, content: str) -> None:
        if path in self.managed:
            raise Refusal(f"{path} is managed by the workshop and cannot be changed; work without")
        if "\x00" in content:
            raise Refusal(f"{path} contains a NUL character; send it as plain text")
        if len(content) > MAX_FILE_CHARS:
            raise Refusal(f"{path} has more than {MAX_FILE_CHARS} characters; split the file")


def plain_path(path: str) -> str:
    """The path as the tree knows it; raises Refusal for one that leads elsewhere."""
    try:
        return safe_path(path)
    except ValueError as error:
        raise Refusal(str(error).rstrip(".")) from error
