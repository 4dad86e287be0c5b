"""Who is asking: API keys are checked by the store, which never sees a secret."""

from cachetools import TTLCache

from millstream_gateway.adapters.store_client import StoreClient
from millstream_gateway.core.problems import Problem
from millstream_shared.contracts.keys import parse_key
from millstream_shared.contracts.store import AUTHENTICATE, Authenticate, Refused
from millstream_shared.contracts.views import Principal

KEYS_REMEMBERED = 10_000


class Door:
    """Lets keys in. A good answer is remembered for `seconds`: so long lives a revoked key."""

    def __init__(self, store: StoreClient, seconds: float) -> None:
        self._store = store
        self._known: TTLCache[Authenticate, Principal] = TTLCache(KEYS_REMEMBERED, ttl=seconds)

    async def admit(self, authorization: str | None) -> Principal:
        """The owner of the key in an `Authorization` header; raises Problem `unauthorized`."""
        scheme, _, credentials = (authorization or "").partition(" ")
        key = parse_key(credentials.strip()) if scheme.lower() == "bearer" else None
        if key is None:
            raise Problem("unauthorized", "Send the header `Authorization: Bearer ms_...`.")
        question = Authenticate(key_id=key.key_id, secret_sha256=key.secret_sha256)
        principal = self._known.get(question) or await self._ask(question)
        self._known[question] = principal
        return principal

    async def _ask(self, question: Authenticate) -> Principal:
        try:
            return await self._store.ask(AUTHENTICATE, question)
        except Refused as refused:
            if refused.refusal.code == "unavailable":
                raise
            raise Problem("unauthorized", "This API key is not valid.") from refused
