"""Which file names a model, a user or a sandboxed program may give us."""

import unicodedata
from collections.abc import Callable

MAX_PATH_BYTES = 200
"""Longest accepted path, in UTF-8 bytes; so no component can exceed a file system's 255."""

FORBIDDEN_COMPONENTS = frozenset({".git", "node_modules"})
INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def safe_path(path: str) -> str:
    """Return `path`, less a leading `./`, if it is a plain relative POSIX path inside a project.

    Raises ValueError, whose message is fit for a model or a user to read, for anything else:
    absolute paths, `..`, empty components, backslashes, control or invisible characters,
    more than 200 bytes, a leading `-`, and everything inside `node_modules` or `.git`.
    """
    plain = path.removeprefix("./")
    for is_at_fault, fault in _FAULTS:
        if is_at_fault(plain):
            raise ValueError(f"The path {path[:MAX_PATH_BYTES]!r} {fault}.")
    return plain


def _has_invisible(path: str) -> bool:
    return any(unicodedata.category(character) in INVISIBLE_CATEGORIES for character in path)


def _is_forbidden(path: str) -> bool:
    return any(part.casefold() in FORBIDDEN_COMPONENTS for part in path.split("/"))


# In this order: the length of a lone surrogate, for one, cannot be told.
_FAULTS: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda path: not path, "is empty"),
    (_has_invisible, "contains control or invisible characters"),
    (lambda path: len(path.encode()) > MAX_PATH_BYTES, f"is longer than {MAX_PATH_BYTES} bytes"),
    (lambda path: "\\" in path, "contains a backslash; put '/' between folders"),
    (lambda path: path.startswith("/"), "is absolute; give it relative to the project"),
    (lambda path: path.startswith("-"), "starts with '-', which tools take for an option"),
    (lambda path: "" in path.split("/"), "has an empty component"),
    (lambda path: not {".", ".."}.isdisjoint(path.split("/")), "contains a '.' or '..' component"),
    (_is_forbidden, "lies in .git or node_modules, which are not part of the project"),
)
