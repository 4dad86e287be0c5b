"""Fingerprints of requests."""

import hashlib

from millstream_shared.contracts.store import BeginGeneration
from millstream_store.core.asking import fingerprint

REQUEST = BeginGeneration(user_id="u", project_id="p", content="A todo app", idempotency_key="k")


def test_a_fingerprint_outlives_an_upgrade() -> None:
    """What older versions have stored for a request is still its fingerprint."""
    stored = b'{"user_id":"u","project_id":"p","content":"A todo app","framework":null}'
    assert fingerprint(REQUEST) == hashlib.sha256(stored).hexdigest()


def test_another_wish_is_another_request() -> None:
    """The key has no part in it, everything else has."""
    assert fingerprint(REQUEST.model_copy(update={"idempotency_key": "l"})) == fingerprint(REQUEST)
    assert fingerprint(REQUEST.model_copy(update={"cache": False})) != fingerprint(REQUEST)
    assert fingerprint(REQUEST.model_copy(update={"content": "Pong"})) != fingerprint(REQUEST)
