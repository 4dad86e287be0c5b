"""The benchmarks' messages find their scenarios, and what those write applies."""

from collections.abc import Mapping

import pytest

from deploy.bench.bench_stack import SCENARIOS
from deploy.bench.profiles import EARLIER, LATER, NEW
from millstream_simulator.library import load_library, load_scenario
from millstream_simulator.matching import match_scenario
from millstream_simulator.scenario import Scenario
from millstream_simulator.settings import SimulatorSettings
from tests.support.playing import play, template_of


@pytest.fixture(scope="module")
def library() -> Mapping[str, Scenario]:
    """What a benchmark's simulator answers from."""
    own = load_library(SimulatorSettings.model_fields["scenarios"].default)
    added = {path.parent.name: load_scenario(path) for path in SCENARIOS.glob("*/scenario.toml")}
    return {**own, **added}


@pytest.mark.parametrize(("slug", "prompt"), NEW.items())
def test_a_new_app_can_be_played(library: Mapping[str, Scenario], slug: str, prompt: str) -> None:
    """Over the template; polishing then changes nothing."""
    scenario = match_scenario(library, prompt)
    assert scenario.slug == slug
    play(template_of(scenario.framework), scenario)


def test_the_long_conversation_can_be_played(library: Mapping[str, Scenario]) -> None:
    """Each message goes on with the files that the ones before it left."""
    project = template_of("react")
    slugs = []
    for prompt in (*EARLIER, LATER):
        scenario = match_scenario(library, prompt)
        slugs.append(scenario.slug)
        play(project, scenario)
    parts = ("", "-search", "-stats", "-pages", "-export")
    assert slugs == [f"longhaul{part}" for part in parts]
