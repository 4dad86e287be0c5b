"""A run over several providers, of which the first breaks off in the middle of an answer."""

import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from millstream_embedded.stack import Stack
from millstream_simulator.settings import SimulatorSettings
from tests.support.asking import ask
from tests.support.simulators import running_simulator
from tests.support.stack import stack_in
from tests.support.watching import watch

KEY = "key-for-tests"
PRICES = {"input_price": 1.0, "output_price": 10.0}


def providers(url: str) -> str:
    """The first one cuts every answer that has a tool call in it."""
    endpoint = {"base_url": f"{url}/v1", "api_key": KEY}
    return json.dumps(
        {
            "providers": {
                "broken": {**endpoint, "models": {"sim-fast:cut-tool": PRICES}},
                "good": {**endpoint, "models": {"sim-fast": PRICES}},
                "spare": {**endpoint, "models": {"sim-fast": PRICES}},
            },
            "routes": {
                "default": ["broken/sim-fast:cut-tool", ["good/sim-fast", "spare/sim-fast"]]
            },
        }
    )


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    settings = SimulatorSettings(api_key=SecretStr(KEY))
    with running_simulator(settings) as url:
        async with stack_in(
            tmp_path_factory.mktemp("providers"),
            MILLSTREAM_PROVIDERS=providers(url),
            MILLSTREAM_STORE_PRO_TOKENS_PER_DAY="50000",
        ) as running:
            yield running


async def test_a_run_outlives_its_provider_and_its_budget_is_kept(
    stack: Stack, api: httpx.AsyncClient
) -> None:
    """The whole app arrives, half answers are taken back, every attempt is in the ledger with its
    cost and its reason; runs go on until the day's tokens are used up, and end with what was made.
    """
    asked = await ask(api, "Build a pomodoro timer")
    events = await watch(api, asked.stream)
    assert events[-1].data["messageType"] == "RESULT"
    assert "rewound" in [event.name for event in events]
    usage = [
        event.data for event in events if event.name == "usage" and event.data["role"] == "code"
    ]
    assert usage[0]["attempts"] == 2
    assert usage[0]["provider"] in {"good", "spare"}

    lines = (await api.get(f"/api/messages/{asked.message_id}/attempts")).json()["items"]
    failed = [line for line in lines if line["outcome"] == "failed"]
    assert {line["errorType"] for line in failed} == {"provider_cut"}
    assert all(line["provider"] == "broken" and line["cost"] > 0 for line in failed)
    message = (await api.get(f"/api/messages/{asked.message_id}")).json()
    assert message["usage"]["attempts"] == len(lines)
    assert message["usage"]["cost"] == pytest.approx(sum(line["cost"] for line in lines))

    summary = (await api.get("/api/metrics/summary", params={"window": "1h"})).json()
    assert summary["attempts"]["byErrorType"] == {"provider_cut": len(failed)}
    assert summary["ttft"]["viewer"]["p50"] > 0

    over = await ask(api, "Build a kanban board with drag and drop")
    ended = await watch(api, over.stream)
    assert [event.data["code"] for event in ended if event.name == "error"] == ["over_budget"]
    spent = (await api.get("/api/usage")).json()["tokenBudget"]
    assert 0.7 * spent["limit"] < spent["used"] <= 1.05 * spent["limit"]
    text = json.dumps([event.data for event in [*events, *ended]])
    assert not re.search(KEY, text)
