"""How contents are named."""

import hashlib
from collections.abc import Mapping


def sha256(data: bytes) -> str:
    """SHA-256 in hex: the name of a blob."""
    return hashlib.sha256(data).hexdigest()


def step_name(kind: str, files: Mapping[str, str], command: str = "") -> str:
    """The name of work on a tree of texts: the same work has the same name, whoever asks for it.

    So an answer found under the name is the answer to these files and no others.
    """
    digest = hashlib.sha256(command.encode("utf-8", "surrogatepass"))
    for path in sorted(files):
        digest.update(f"\0{path}\0{sha256(files[path].encode())}".encode())
    return f"{kind}-{digest.hexdigest()[:24]}"
