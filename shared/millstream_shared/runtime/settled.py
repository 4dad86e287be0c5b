"""A barrier: what a client has subscribed to is known to the server."""

from nats.aio.client import Client


async def settle(client: Client) -> None:
    """Returns when the server has taken in all that was sent so far; raises nats.errors.Error.

    nats-py writes a flush's PING ahead of commands that still wait in its own buffer, so that the
    first PONG says nothing of those; by the time it is here, they have been written.
    """
    for _ in range(2):
        await client.flush()
