"""The stack's own secrets: made once, kept with the data they protect."""

import json
import secrets
from dataclasses import asdict, dataclass, field

from millstream_embedded.files import write_private
from millstream_embedded.options import Folder, StackError


def _token() -> str:
    return secrets.token_urlsafe(32)


def _api_key() -> str:
    # 32 bytes are 43 url-safe characters.
    return f"ms_dev_{_token()}"


@dataclass(frozen=True)
class Credentials:
    """Passwords and keys, URL-safe. `stack` is no secret: it marks this folder's processes."""

    nats: str = field(default_factory=_token, repr=False)
    postgres: str = field(default_factory=_token, repr=False)
    preview: str = field(default_factory=_token, repr=False)
    simulator: str = field(default_factory=_token, repr=False)
    api_key: str = field(default_factory=_api_key, repr=False)
    stack: str = field(default_factory=_token)


def credentials_of(folder: Folder) -> Credentials:
    """Reads `secrets.json` (0600), writing it first, or completing it, where needed.

    Raises StackError if the file is unreadable: new passwords would not open the old database.
    """
    path = folder.root / "secrets.json"
    known = {}
    if path.exists():
        try:
            known = json.loads(path.read_text())
            credentials = Credentials(**known)
        except (OSError, ValueError, TypeError) as error:
            raise StackError(
                f"{path} cannot be read ({error}). Restore it, or start on another --data folder."
            ) from error
    else:
        credentials = Credentials()
    if asdict(credentials) != known:
        write_private(path, json.dumps(asdict(credentials), indent=2))
    return credentials
