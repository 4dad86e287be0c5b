"""Results: the files of an app, and the built app for its preview."""

import base64

from millstream_shared.contracts.store import OneFragment, PreviewContent, PreviewFile
from millstream_shared.contracts.views import FragmentView
from millstream_store.core.refusals import refused
from millstream_store.sql.session import Database
from millstream_store.sql.views import fragment_view


class Fragments:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def on_get_fragment(self, request: OneFragment) -> FragmentView:
        async with self._database.reading() as session:
            row = await session.row("find_fragment", **request.model_dump())
        if row is None:
            raise refused("not_found", "there is no such fragment")
        return fragment_view(row)

    async def on_get_preview_file(self, request: PreviewFile) -> PreviewContent:
        async with self._database.reading() as session:
            row = await session.row("find_preview_file", **request.model_dump())
        if row is None:
            raise refused("not_found", "the built app has no such file")
        return PreviewContent(sha256=row["sha256"], data=base64.b64encode(row["data"]).decode())
