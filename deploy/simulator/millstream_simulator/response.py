"""An HTTP response that is played at its own pace and stops when the client leaves."""

import asyncio
import time
from collections.abc import Iterable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from millstream_simulator.connection import Opening, spoil_connection
from millstream_simulator.ledger import Ledger
from millstream_simulator.pacing import Patience, play
from millstream_simulator.wire import Beat

EVENT_STREAM = "text/event-stream; charset=utf-8"
JSON = "application/json"


class PlayedResponse(Response):
    """Sends headers and then the beats; left incomplete, the server cuts the connection."""

    def __init__(
        self,
        timed: Iterable[tuple[float, Beat]],
        *,
        opening: Opening,
        patience: Patience,
        ledger: Ledger,
        media_type: str,
        headers: dict[str, str],
    ) -> None:
        super().__init__(media_type=media_type, headers=headers)
        del self.headers["content-length"]
        self._timed = timed
        self._opening = opening
        self._patience = patience
        self._ledger = ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Play until the end or until the client leaves, whichever is first."""
        if self._opening in (Opening.RESET, Opening.GARBAGE):
            spoil_connection(self._opening, receive)
            await _left(receive)
            return
        with self._ledger.open_stream():
            complete = await self._play_while_there(receive, send)
        if complete:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _play_while_there(self, receive: Receive, send: Send) -> bool:
        playing = asyncio.create_task(self._play(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({playing, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if playing.done():
                return playing.result()
            self._ledger.disconnect(time.time())
            return False
        finally:
            playing.cancel()
            leaving.cancel()
            await asyncio.gather(playing, leaving, return_exceptions=True)

    async def _play(self, send: Send) -> bool:
        async def send_part(data: bytes) -> None:
            await send({"type": "http.response.body", "body": data, "more_body": True})

        if self._opening is Opening.LATE:
            await asyncio.sleep(self._patience.stall_limit)
        await send(
            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )
        return await play(self._timed, send_part, self._patience)


async def _left(receive: Receive) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
