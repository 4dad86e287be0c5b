"""Which file names a model, a user or a sandboxed program may give us."""

import unicodedata

MAX_PATH_BYTES = 200
"""Longest accepted path, in UTF-8 bytes; one component can then never exceed a file system's 255."""

FORBIDDEN_COMPONENTS = frozenset({".git", "node_modules"})
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def safe_path(path: str) -> str:
    """Return `path`, less a leading `./`, if it is a plain relative POSIX path inside a project.

    Raises ValueError, whose message is fit for a model or a user to read, for anything else:
    absolute paths, `..`, empty components, backslashes, control or invisible characters,
    more than 200 bytes, a leading `-`, and everything inside `node_modules` or `.git`.
    """
    plain = path.removeprefix("./")
    fault = _fault(plain)
    if fault:
        raise ValueError(f"The path {path[:MAX_PATH_BYTES]!r} {fault}.")
    return plain


def _fault(path: str) -> str | None:
    return _fault_of_text(path) or _fault_of_components(path.split("/"))


def _fault_of_text(path: str) -> str | None:
    if not path:
        return "is empty"
    if any(unicodedata.category(character) in _INVISIBLE for character in path):
        return "contains control or invisible characters"
    if len(path.encode()) > MAX_PATH_BYTES:
        return f"is longer than {MAX_PATH_BYTES} bytes"
    if "\\" in path:
        return "contains a backslash; use '/' between folders"
    if path.startswith("/"):
        return "is absolute; give a path relative to the project"
    if path.startswith("-"):
        return "starts with '-', which tools read as an option"
    return None


def _fault_of_components(components: list[str]) -> str | None:
    if "" in components:
        return "has an empty component"
    if ".." in components or "." in components:
        return "contains '.' or '..'; give a path without them"
    forbidden = FORBIDDEN_COMPONENTS.intersection(part.casefold() for part in components)
    return f"is inside {min(forbidden)}, which is not part of the project" if forbidden else None
