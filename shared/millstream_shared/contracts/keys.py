"""API keys: `ms_<id>_<secret>`; only the SHA-256 of the secret is ever stored or sent on."""

import hashlib
import re
from dataclasses import dataclass

_KEY = re.compile(r"ms_([A-Za-z0-9]{3,40})_([A-Za-z0-9_-]{32,128})")


@dataclass(frozen=True)
class ApiKey:
    key_id: str
    secret: str

    @property
    def secret_sha256(self) -> str:
        """Hex. The secret has 256 random bits, so one round of SHA-256 is enough."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def __str__(self) -> str:
        return f"ms_{self.key_id}_{self.secret}"


def parse_key(text: str) -> ApiKey | None:
    """The key in `text`, or None when it has not a key's form."""
    found = _KEY.fullmatch(text)
    return ApiKey(*found.groups()) if found else None
