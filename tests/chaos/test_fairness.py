"""One user with very many prompts, and another with one."""

import asyncio
import time

import httpx
import pytest

from tests.chaos.harness.figures import Figures
from tests.chaos.harness.load import PROMPTS, Run, ask
from tests.chaos.harness.marks import LONG
from tests.chaos.harness.scenario import scenario
from tests.chaos.harness.system import System

PROMPTS_AT_ONCE = 200


@LONG
@pytest.mark.timeout(400)
async def test_a_crowd_of_prompts_does_not_delay_another_user(
    system: System, figures: Figures
) -> None:
    """The other's first token comes at most one run later than on an idle system."""
    busy, other = system.users[:2]
    async with scenario("one user with 200 prompts", system, figures) as it:
        it.expected = None  # the crowd is cancelled in the end
        alone, whole = await _first_text_and_end(await _asked(it.runs, other))
        it.runs += await asyncio.gather(*(ask(busy, PROMPTS[0]) for _ in range(PROMPTS_AT_ONCE)))
        beside, _ = await _first_text_and_end(await _asked(it.runs, other))
        figures.time("first text on an idle system", alone)
        figures.time("first text beside 200 prompts", beside)
        await asyncio.gather(*(_cancel(busy, run) for run in it.runs[1:-1]))
        it.cuts = PROMPTS_AT_ONCE  # a cancel closes the provider's connection
    assert beside <= alone + whole


async def _asked(runs: list[Run], user: httpx.AsyncClient) -> Run:
    runs.append(await ask(user, PROMPTS[1]))
    return runs[-1]


async def _first_text_and_end(run: Run) -> tuple[float, float]:
    """Seconds from being accepted to the first text, and to the end."""
    await run.watching
    texts = (s.at for s in run.viewer.seen if s.data["type"] in {"text.delta", "file.delta"})
    return next(texts) - run.accepted, time.time() - run.accepted


async def _cancel(user: httpx.AsyncClient, run: Run) -> None:
    answer = await user.post(f"/api/messages/{run.message_id}/cancel")
    assert answer.status_code in {202, 409}, answer.text  # 409: it was complete already
