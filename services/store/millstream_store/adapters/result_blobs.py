"""Fetches the contents of a result from the blob store, before any transaction is opened."""

import structlog

from millstream_shared.contracts.facts import FragmentDraft
from millstream_shared.runtime.blobs import BlobMissing, BlobStore
from millstream_store.core.results import Result
from millstream_store.core.texts import text_of

log = structlog.get_logger("millstream.store.results")


class ResultBlobs:
    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    async def fetch(self, draft: FragmentDraft) -> Result | None:
        """The result, None when a source file is gone; a preview that is gone is left out.

        Raises Transient when the broker does not answer.
        """
        try:
            files = await self._blobs.get_tree(draft.files)
        except BlobMissing as error:
            log.error("a result is lost", fragment=draft.fragment_id, error=str(error))
            return None
        preview = await self._preview(draft)
        texts = {path: text_of(data) for path, data in files.items()}
        binaries = {path: draft.files[path] for path, text in texts.items() if text is None}
        return Result(
            fragment_id=draft.fragment_id,
            title=draft.title,
            framework=draft.framework,
            texts={path: text or "" for path, text in texts.items()},
            binaries=binaries,
            preview=draft.preview if preview else {},
            blobs={name: files[path] for path, name in binaries.items()} | preview,
        )

    async def _preview(self, draft: FragmentDraft) -> dict[str, bytes]:
        try:
            return await self._blobs.get_all(draft.preview.values())
        except BlobMissing as error:
            log.warning("a preview is lost", fragment=draft.fragment_id, error=str(error))
            return {}
