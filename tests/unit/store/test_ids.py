"""Names of rows and keys."""

import re
import uuid

from millstream_shared.contracts.keys import parse_key
from millstream_store.core.ids import new_api_key, new_id


def test_ids_grow() -> None:
    """UUIDs of version 7, each greater than the one before."""
    made = [new_id() for _ in range(1000)]
    assert made == sorted(set(made))
    assert {uuid.UUID(name).version for name in made} == {7}


def test_keys_have_their_form() -> None:
    """They are read back as written, and no two are alike."""
    keys = [new_api_key() for _ in range(100)]
    assert len({str(key) for key in keys}) == 100
    assert all(parse_key(str(key)) == key for key in keys)
    assert all(re.fullmatch("[a-z0-9]{12}", key.key_id) for key in keys)
    assert all(len(key.secret) == 43 for key in keys)
