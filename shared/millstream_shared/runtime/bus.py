"""Publishing to JetStream, the one way: a named stream, a time limit, an id against doubles."""

from collections.abc import Mapping
from typing import Final

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext, api
from nats.js.errors import APIError, NotFoundError

from millstream_shared.contracts.model import Contract
from millstream_shared.runtime.errors import Transient

PUBLISH_SECONDS: Final = 5.0


class QueueFull(Transient):
    """The stream takes no more messages for now."""


class Bus:
    """A connection's JetStream side."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.js: JetStreamContext = client.jetstream(timeout=PUBLISH_SECONDS)

    async def last(self, stream: str, subject: str) -> api.RawStreamMsg | None:
        """The last stored message of `subject` (wildcards allowed); None when there is none."""
        try:
            return await self.js.get_last_msg(stream, subject, direct=True)
        except NotFoundError:
            return None

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
            if error.err_code == 10077:  # JSStreamStoreFailedF: "maximum messages exceeded"
                raise QueueFull(f"{stream} is full") from error
            raise
        except (NatsError, OSError) as error:
            raise Transient(f"the broker did not take a message for {stream}: {error!r}") from error
