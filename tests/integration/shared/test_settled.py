"""When a client is settled, others may rely on what it hears."""

from nats.aio.msg import Msg

from millstream_shared.runtime.settled import settle
from tests.support.broker import Broker

ROUNDS = 60
"""A single flush loses the race in a good part of them."""


async def test_a_settled_client_is_heard_from_at_once(broker: Broker) -> None:
    """No question of another connection finds nobody there."""
    answering, asking = await broker.connect(), await broker.connect()

    async def answer(message: Msg) -> None:
        await message.respond(b"here")

    for number in range(ROUNDS):
        await answering.subscribe(f"settled.{number}", cb=answer)
        await settle(answering)
        assert (await asking.request(f"settled.{number}", timeout=5)).data == b"here"
    await answering.close()
    await asking.close()
