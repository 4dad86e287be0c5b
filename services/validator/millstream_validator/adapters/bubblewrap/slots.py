"""Slots bound how many sandboxes run at once; as root, each has a host uid of its own.

The kernel counts processes per uid, so a shared uid would let one job's fork bomb starve another.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from millstream_validator.core.sandbox import SandboxUnavailable

# Between the ranges that distributions and systemd hand out.
UIDS = range(61000, 61184)


class Slots:
    """A pool of uids, one per slot; `close` gives them back to the machine."""

    def __init__(self, count: int, *, own_uids: bool) -> None:
        self._claims = _claim(count) if own_uids else {}
        uids = list(self._claims) if own_uids else [UIDS.start] * count
        self._free: asyncio.Queue[int] = asyncio.Queue()
        for uid in uids:
            self._free.put_nowait(uid)

    @asynccontextmanager
    async def take(self) -> AsyncIterator[int]:
        """Wait for a free slot and yield its uid."""
        uid = await self._free.get()
        try:
            yield uid
        finally:
            self._free.put_nowait(uid)

    def close(self) -> None:
        for claim in self._claims.values():
            claim.close()


def _claim(count: int) -> dict[int, socket.socket]:
    """Claim `count` uids against other validators on this machine.

    A bound abstract socket is a lock that the kernel takes back however its holder dies.
    """
    claims: dict[int, socket.socket] = {}
    for uid in UIDS:
        if len(claims) == count:
            break
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0millstream-sandbox-{uid}")
            claims[uid] = claim
        except OSError:
            claim.close()
    if len(claims) < count:
        raise SandboxUnavailable(
            f"Only {len(claims)} of {count} sandbox uids are free in {UIDS}: "
            "lower the number of slots, or stop other validators on this machine."
        )
    return claims
