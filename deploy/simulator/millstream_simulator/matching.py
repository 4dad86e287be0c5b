"""Finding the scenario that fits a prompt best."""

import re
from collections.abc import Mapping

from millstream_simulator.library import FALLBACK
from millstream_simulator.scenario import Scenario


def match_scenario(library: Mapping[str, Scenario], prompt: str) -> Scenario:
    """The scenario with the most, then the longest, keywords in the prompt; else the fallback."""
    slug = max(sorted(library), key=lambda slug: _fit(library[slug], prompt))
    return library[slug] if _fit(library[slug], prompt) > (0, 0) else library[FALLBACK]


def _fit(scenario: Scenario, prompt: str) -> tuple[int, int]:
    found = [keyword for keyword in scenario.keywords if _mentions(prompt, keyword)]
    return len(found), sum(map(len, found))


def _mentions(prompt: str, keyword: str) -> bool:
    """As whole words, singular or plural: "board" is in "two boards", not in "dashboard"."""
    return bool(re.search(rf"(?<!\w){re.escape(keyword)}(?:e?s)?(?!\w)", prompt, re.IGNORECASE))
