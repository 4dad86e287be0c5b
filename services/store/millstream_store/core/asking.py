"""A request's fingerprint, to tell a repeated request from another one under the same key."""

import hashlib

from millstream_shared.contracts.store import BeginGeneration


def fingerprint(request: BeginGeneration) -> str:
    """SHA-256 (hex) of what is asked, the idempotency key left out.

    What a request says by default is left out where it was added later: a fingerprint outlives an
    upgrade.
    """
    unsaid = {"idempotency_key", "cache"} if request.cache else {"idempotency_key"}
    asked = request.model_dump_json(exclude=unsaid)
    return hashlib.sha256(asked.encode()).hexdigest()
