"""Questions to the store over the wire."""

from collections.abc import AsyncIterator

import pytest
from faststream.nats import NatsBroker
from pydantic import SecretStr

from millstream_shared.contracts.store import GET_PROJECT, OneProject, Refused
from millstream_shared.contracts.views import ProjectView
from millstream_shared.runtime import rpc
from millstream_shared.runtime.broker import build_broker
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.settings import CommonSettings
from tests.support.broker import Broker

QUESTION = OneProject(user_id="u", project_id="p")


@pytest.fixture
async def serving(broker: Broker) -> AsyncIterator[NatsBroker]:
    """A store that answers with a project whose name is as long as its id says."""

    async def on_get_project(request: OneProject) -> ProjectView:
        moment = "2026-01-01T00:00:00Z"
        name = "x" * (int(request.project_id) if request.project_id.isdigit() else 1)
        fields = {"id": "p", "name": name, "framework": None}
        return ProjectView.model_validate({**fields, "created_at": moment, "updated_at": moment})

    faststream = build_broker(CommonSettings(nats_url=SecretStr(broker.url)), "test", 5)
    rpc.serve(faststream, GET_PROJECT, on_get_project)
    await faststream.start()
    yield faststream
    await faststream.stop()


async def test_a_question_is_answered(bus: Bus, serving: NatsBroker) -> None:
    """Typed on both sides; what is None survives the way."""
    answer = await rpc.ask(bus.client, GET_PROJECT, QUESTION)
    assert (answer.name, answer.framework) == ("x", None)


async def test_an_answer_too_large_for_the_broker_is_refused_at_once(
    bus: Bus, serving: NatsBroker
) -> None:
    """Not a silence that looks like a store that is away."""
    large = QUESTION.model_copy(update={"project_id": str(bus.client.max_payload)})
    with pytest.raises(Refused, match="max_payload"):
        await rpc.ask(bus.client, GET_PROJECT, large)


async def test_nobody_there_is_said_so(bus: Bus) -> None:
    """With the code that callers wait and try again on."""
    with pytest.raises(Refused) as refused:
        await rpc.ask(bus.client, GET_PROJECT, QUESTION, seconds=1)
    assert refused.value.refusal.code == "unavailable"
    assert refused.value.refusal.retry_after
