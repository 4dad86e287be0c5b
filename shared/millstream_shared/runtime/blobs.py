"""File contents by their SHA-256, in a bucket that agent, validator and store share."""

import asyncio
from collections.abc import Iterable, Mapping

from nats.errors import Error as NatsError
from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue

from millstream_shared.contracts import subjects
from millstream_shared.contracts.digest import sha256
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.errors import Permanent, Transient

AT_ONCE = 16
HEADER_BYTES = 16_384


class BlobMissing(Permanent):
    """A snapshot names a blob that is gone (blobs are kept for a day)."""


class BlobStore:
    """Puts and gets file contents; a blob's name is its content's hash, so it never changes."""

    def __init__(self, bucket: KeyValue, most_bytes: int) -> None:
        self._bucket = bucket
        self._limit = asyncio.Semaphore(AT_ONCE)
        self.most_bytes = most_bytes
        """The largest blob that the broker's message limit leaves room for."""

    @classmethod
    async def open(cls, bus: Bus) -> "BlobStore":
        most_bytes = bus.client.max_payload - HEADER_BYTES
        return cls(await bus.js.key_value(subjects.BLOBS), most_bytes)

    async def put(self, data: bytes) -> str:
        """Stores `data` and returns its name. Storing it again keeps it for another day."""
        name = sha256(data)
        async with self._limit:
            try:
                await self._bucket.put(name, data)
            except (NatsError, OSError) as error:
                raise Transient(f"the broker did not take a blob: {error!r}") from error
        return name

    async def get(self, name: str) -> bytes:
        """The content; raises BlobMissing when it has expired."""
        async with self._limit:
            try:
                entry = await self._bucket.get(name)
            except KeyNotFoundError as error:
                raise BlobMissing(f"blob {name[:12]} has expired; run the message again") from error
            except (NatsError, OSError) as error:
                raise Transient(f"the broker did not give a blob: {error!r}") from error
        return entry.value or b""

    async def put_tree(self, files: Mapping[str, bytes]) -> dict[str, str]:
        """path -> content becomes path -> name."""
        names = await asyncio.gather(*(self.put(data) for data in files.values()))
        return dict(zip(files, names, strict=True))

    async def put_texts(self, files: Mapping[str, str]) -> dict[str, str]:
        """path -> text becomes path -> name."""
        return await self.put_tree({path: text.encode() for path, text in files.items()})

    async def get_tree(self, snapshot: Mapping[str, str]) -> dict[str, bytes]:
        """path -> name becomes path -> content."""
        contents = await self.get_all(snapshot.values())
        return {path: contents[name] for path, name in snapshot.items()}

    async def get_all(self, names: Iterable[str]) -> dict[str, bytes]:
        unique = list(dict.fromkeys(names))
        contents = await asyncio.gather(*(self.get(name) for name in unique))
        return dict(zip(unique, contents, strict=True))
