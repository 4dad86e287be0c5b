"""Built files of previews, kept in memory within bounds: a stored fragment never changes."""

import base64

from cachetools import LRUCache

from millstream_gateway.adapters.store_client import StoreClient
from millstream_shared.contracts.store import GET_PREVIEW_FILE, PreviewFile, Refused

CACHE_BYTES = 64 * 1024 * 1024


class Previews:
    def __init__(self, store: StoreClient) -> None:
        self._store = store
        self._files: LRUCache[PreviewFile, bytes] = LRUCache(CACHE_BYTES, getsizeof=len)

    async def find(self, fragment_id: str, paths: tuple[str, ...]) -> tuple[str, bytes] | None:
        """The first of `paths` that the fragment has, with its content."""
        for path in paths:
            content = await self._read(PreviewFile(fragment_id=fragment_id, path=path))
            if content is not None:
                return path, content
        return None

    async def _read(self, question: PreviewFile) -> bytes | None:
        if question in self._files:
            return self._files[question]
        try:
            answer = await self._store.ask(GET_PREVIEW_FILE, question)
        except Refused as refused:
            if refused.refusal.code == "unavailable":
                raise
            return None
        content = base64.b64decode(answer.data)
        if len(content) <= CACHE_BYTES:
            self._files[question] = content
        return content
