"""Notices what a running broker does not recover from by itself, and only a restart helps.

- A stream whose write failed, for instance on a full disk, refuses everything until the server is
  restarted; the server's /healthz says so, while other streams go on as if nothing had happened.
- A hung server answers nobody.
"""

import asyncio
import shutil
from enum import Enum
from pathlib import Path
from typing import Final

import httpx

PAUSE_SECONDS: Final = 1.0
ANSWER_SECONDS: Final = 4.0
MOST_SILENCES: Final = 4
"""In a row, of up to five seconds each."""
MOST_REFUSALS: Final = 3
"""In a row. One may be the moment in which a write failed that the server gets over."""
ROOM_BYTES: Final = 16 * 1024**2
"""On a disk with less free space a restart would only fail again."""


class Health(Enum):
    WELL = "is well"
    REFUSES = "refuses to store"
    SILENT = "does not answer"


async def broker_ails(url: str, store: Path) -> str:
    """Returns, with the reason, once the broker needs a restart; `url` is its /healthz.

    `store` is its folder: while the disk below it is full, there is nothing to be done.
    """
    row, last = 0, Health.WELL
    async with httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as client:
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            health = await _health(client, url)
            row = row + 1 if health is last else 1
            last = health
            if health is Health.SILENT and row >= MOST_SILENCES:
                return f"it {health.value}"
            if health is Health.REFUSES and row >= MOST_REFUSALS and _has_room(store):
                return f"it {health.value}, although there is room on its disk"


async def _health(client: httpx.AsyncClient, url: str) -> Health:
    try:
        answer = await client.get(url)
    except httpx.HTTPError:
        return Health.SILENT
    return Health.WELL if answer.status_code == httpx.codes.OK else Health.REFUSES


def _has_room(store: Path) -> bool:
    place = store if store.exists() else store.parent  # whoever wiped it may have removed it
    return shutil.disk_usage(place).free >= ROOM_BYTES
