"""A request's fingerprint, to tell a repeated request from another one under the same key."""

import hashlib

from millstream_shared.contracts.store import BeginGeneration


def fingerprint(request: BeginGeneration) -> str:
    """SHA-256 (hex) of what is asked, the idempotency key left out."""
    asked = request.model_dump_json(exclude={"idempotency_key"})
    return hashlib.sha256(asked.encode()).hexdigest()
