"""Whether this gateway can do its work."""

import asyncio
import time

from millstream_gateway.adapters.store_client import StoreClient
from millstream_shared.contracts.store import AUTHENTICATE, Authenticate, Refused
from millstream_shared.runtime.errors import Transient

STORE_SECONDS = 2.0
REMEMBERED_SECONDS = 1.0

NOBODY = Authenticate(key_id="readiness", secret_sha256="0" * 64)
"""A question that costs the store little; `unauthorized` is the healthy answer."""


class Readiness:
    """Asks broker and store, at most once a second, however many probes come."""

    def __init__(self, store: StoreClient) -> None:
        self._store = store
        self._lock = asyncio.Lock()
        self._asked_at = -REMEMBERED_SECONDS
        self._missing: str | None = None

    async def missing(self) -> str | None:
        """What is missing; None when all is well."""
        async with self._lock:
            if time.monotonic() - self._asked_at >= REMEMBERED_SECONDS:
                self._missing = await self._look()
                self._asked_at = time.monotonic()
            return self._missing

    async def _look(self) -> str | None:
        try:
            await self._store.ask(AUTHENTICATE, NOBODY, STORE_SECONDS)
        except Transient:
            return "the broker is away"
        except Refused as refused:
            if refused.refusal.code == "unavailable":
                return "the store does not answer"
        return None
