"""A message whose project was deleted: nobody may wait for it, and its credit is given back."""

from nats.aio.msg import Msg

from millstream_agent.adapters.past import read_past
from millstream_shared.contracts.generation import GenerationRequested
from millstream_shared.contracts.store import GET_CONTEXT
from millstream_shared.runtime.bus import Bus
from tests.integration.agent.test_attempts import runner, told


async def test_its_end_is_recorded_and_told(bus: Bus, event: GenerationRequested) -> None:
    """The store ends credits of messages it no longer has; viewers hear `done`."""

    async def gone(message: Msg) -> None:
        await message.respond(b'{"refusal":{"code":"not_found","detail":"gone"}}')

    await bus.client.subscribe(GET_CONTEXT.subject, cb=gone)
    await (await runner(bus)).abandon(event, deleted=True)
    end = (await read_past(bus, event.message_id)).end
    assert end is not None
    assert (end.outcome, end.reason) == ("ERROR", "internal")
    assert (await told(bus, event.message_id))[-1].startswith(b'{"type":"done"')
