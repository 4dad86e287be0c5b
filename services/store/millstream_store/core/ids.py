"""Names for new rows: they arrive as an argument, so that tests can choose them."""

import secrets
import string
from collections.abc import Callable

import uuid_utils

from millstream_shared.contracts.keys import ApiKey

NewId = Callable[[], str]

_KEY_ID_ALPHABET = string.ascii_lowercase + string.digits


def new_id() -> str:
    """A UUIDv7: it grows with time, so new rows lie side by side in an index."""
    return str(uuid_utils.uuid7())


def new_api_key() -> ApiKey:
    """A key with a public id of 12 characters and a secret of 32 random bytes."""
    key_id = "".join(secrets.choice(_KEY_ID_ALPHABET) for _ in range(12))
    return ApiKey(key_id, secrets.token_urlsafe(32))
