"""Publishing to JetStream, the one way: a named stream, a time limit, an id against doubles."""

from collections.abc import Awaitable, Mapping
from typing import Final

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext, api
from nats.js.errors import APIError, NotFoundError

from millstream_shared.contracts.model import Contract
from millstream_shared.runtime.errors import Transient

PUBLISH_SECONDS: Final = 5.0
STREAM_FULL: Final = 10077  # JSStreamStoreFailedF: "maximum messages exceeded"
NOTHING_TO_DELETE: Final = (10043, 10057)  # JSSequenceNotFoundErrF, JSStreamMsgDeleteFailedF


class QueueFull(Transient):
    """The stream takes no more messages for now."""


class Bus:
    """A connection's JetStream side."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.js: JetStreamContext = client.jetstream(timeout=PUBLISH_SECONDS)

    async def last(self, stream: str, subject: str) -> api.RawStreamMsg | None:
        """The last stored message of `subject` (wildcards allowed); None when there is none.

        Reads like this one raise Transient when the broker, or the stream, is away.
        """
        return await _found(stream, self.js.get_last_msg(stream, subject, direct=True))

    async def next(self, stream: str, subject: str, after: int) -> api.RawStreamMsg | None:
        """The first stored message of `subject` with a sequence above `after`."""
        getting = self.js.get_msg(stream, after + 1, subject, direct=True, next=True)
        return await _found(stream, getting)

    async def at(self, stream: str, seq: int) -> api.RawStreamMsg | None:
        """The stored message with this sequence; works for streams without direct reads, too."""
        return await _found(stream, self.js.get_msg(stream, seq))

    async def holds(self, stream: str, subject: str) -> bool:
        """Whether the stream has a message of `subject`; for streams without direct reads."""
        return await _found(stream, self.js.get_last_msg(stream, subject)) is not None

    async def first(self, stream: str, subject: str) -> int | None:
        """The sequence of the stream's oldest message of `subject`; works without direct reads."""
        found = await _found(stream, self.js.get_msg(stream, 1, subject, next=True))
        return found.seq if found else None

    async def delete(self, stream: str, seq: int) -> None:
        """Takes a message off its stream; it may be gone already."""
        try:
            await self.js.delete_msg(stream, seq)
        except APIError as error:
            if error.err_code not in NOTHING_TO_DELETE:
                raise
        except (NatsError, OSError) as error:
            raise Transient(f"the broker did not drop a message of {stream}: {error!r}") from error

    async def publish(
        self,
        stream: str,
        subject: str,
        message: Contract | bytes,
        *,
        message_id: str,
        headers: Mapping[str, str] | None = None,
    ) -> api.PubAck:
        """Stores one message; the same `message_id` within the stream's window is stored once.

        Raises QueueFull when the stream is bounded and full, Transient when the broker is away.
        """
        payload = message if isinstance(message, bytes) else message.encode()
        all_headers = {**(headers or {}), api.Header.MSG_ID: message_id}
        try:
            return await self.js.publish(
                subject, payload, stream=stream, timeout=PUBLISH_SECONDS, headers=all_headers
            )
        except APIError as error:
            if error.err_code == STREAM_FULL:
                raise QueueFull(f"{stream} is full") from error
            raise
        except (NatsError, OSError) as error:
            raise Transient(f"the broker did not take a message for {stream}: {error!r}") from error


async def _found(stream: str, reading: Awaitable[api.RawStreamMsg]) -> api.RawStreamMsg | None:
    try:
        return await reading
    except NotFoundError:
        return None
    except (NatsError, OSError) as error:
        raise Transient(f"the broker did not read from {stream}: {error!r}") from error
