"""How contents are named."""

import hashlib


def sha256(data: bytes) -> str:
    """SHA-256 in hex: the name of a blob."""
    return hashlib.sha256(data).hexdigest()
