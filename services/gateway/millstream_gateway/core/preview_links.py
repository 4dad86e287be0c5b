"""Links to previews: whoever holds one may see that app until it expires, nobody else.

Two ways to separate apps from each other, chosen by the base URL:

- `https://{fragment}.apps.example.com`: an origin per app, so that no app can read another's
  storage. The choice for anything that more than one person uses; it needs wildcard DNS.
- a fixed host (the default, `http://127.0.0.1:8081`): one origin for all apps, which every client
  can resolve. Apps share localStorage there. We accept that on a developer's own machine, because
  the other choice, a CSP sandbox without `allow-same-origin`, breaks them outright: localStorage
  throws, and module scripts are refused from an opaque origin, which leaves a blank page.

In both cases the previews' origin is never the API's, and it knows no cookies and no API keys.
"""

import hashlib
from datetime import UTC, datetime
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeSerializer

from millstream_shared.contracts.views import FragmentView, MessageView

PLACEHOLDER = "{fragment}"


class Forged(Exception):
    """The link was not made here, or was changed."""


class Expired(Exception):
    """The link was good once."""


class PreviewLinks:
    """Makes and opens links; the same secret and base give the same links everywhere."""

    def __init__(self, base_url: str, secret: str, seconds: int) -> None:
        self._base = base_url
        self._seconds = seconds
        self._serializer = URLSafeSerializer(
            secret,
            salt="millstream preview",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )

    def url(self, fragment_id: str, expires_at: datetime) -> str:
        token = self._serializer.dumps([fragment_id, int(expires_at.timestamp())])
        text = token.decode() if isinstance(token, bytes) else token
        return f"{self._base.replace(PLACEHOLDER, fragment_id)}/p/{text}/"

    def open(self, token: str, now: datetime) -> str:
        """The fragment's id; raises Forged or Expired."""
        try:
            fragment_id, expires = self._serializer.loads(token)
        except (BadSignature, ValueError) as error:
            raise Forged from error
        if now.timestamp() >= expires:
            raise Expired
        return str(fragment_id)

    def belongs_on(self, host: str, fragment_id: str) -> bool:
        """Whether this app may run on that host: never on another app's origin."""
        if PLACEHOLDER not in self._base:
            return True
        own = urlsplit(self._base.replace(PLACEHOLDER, fragment_id.lower())).hostname
        return host.lower().partition(":")[0] == own  # not urlsplit: it raises on half a host

    def sign_message(self, message: MessageView, now: datetime) -> MessageView:
        if message.fragment is None:
            return message
        return message.model_copy(update={"fragment": self.sign_fragment(message.fragment, now)})

    def sign_fragment(self, fragment: FragmentView, now: datetime) -> FragmentView:
        if not fragment.has_preview:
            return fragment
        return fragment.model_copy(update={"preview_url": self.url(fragment.id, self._expiry(now))})

    def _expiry(self, now: datetime) -> datetime:
        """Rounded, so that a page that polls does not see a new link each time."""
        spans = int(now.timestamp()) // self._seconds + 2
        return datetime.fromtimestamp(spans * self._seconds, UTC)
