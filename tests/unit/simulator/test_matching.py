"""From a prompt to a scenario, a framework and a title."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millstream_simulator.filling import for_code, title_of
from millstream_simulator.matching import match_scenario
from millstream_simulator.scenario import Scenario
from millstream_simulator.selection import select_framework


@pytest.mark.parametrize(
    ("prompt", "slug"),
    [
        ("Build a COUNTER", "counter"),
        ("A click counter on a timer", "counter"),
        ("two boards", "timer"),
        ("a dashboard", "fallback"),
        ("", "fallback"),
    ],
)
def test_most_and_longest_keywords_win(
    library: Mapping[str, Scenario], prompt: str, slug: str
) -> None:
    """Whole words, any case, singular or plural."""
    assert match_scenario(library, prompt).slug == slug


ALL = "Choose one of: nextjs, angular, react, vue, svelte"


@pytest.mark.parametrize(
    ("prompt", "system", "framework"),
    [
        ("A shop in Next.js", ALL, "nextjs"),
        ("A shop with NextJS, not Vue", ALL, "nextjs"),
        ("A sveltekit blog", ALL, "svelte"),
        ("Buttons that react to the mouse", ALL, "vue"),
        ("What comes next", ALL, "vue"),
        ("A shop in Angular", "Choose one of: react, vue", "vue"),
        ("A shop", "Choose one of:\n- svelte\n- react", "svelte"),
        ("A shop in Vue", "Choose from:\n- react\nVue is for small apps.", "react"),
        ("A shop", "Choose one.", "vue"),
    ],
)
def test_explicit_words_win_if_offered(prompt: str, system: str, framework: str) -> None:
    """Then the scenario's framework (here Vue), then the first one offered."""
    assert select_framework(prompt, system, "vue") == framework


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("Build me a recipe book with photos, please", "Recipe Book Photos"),
        ("make an app", "Make An App"),
        ("<script>alert('x')</script>", "Script Alert X"),
        ("!!!", "My App"),
    ],
)
def test_a_title_is_a_few_telling_words(prompt: str, title: str) -> None:
    """Words that every prompt has are left out."""
    assert title_of(prompt) == title


@given(st.text())
def test_a_filled_prompt_cannot_leave_its_string(prompt: str) -> None:
    """Read back as a string literal it is the prompt on one short line."""
    filling = for_code(prompt)
    assert not set(filling.prompt) & set("\"'`$<>{}&\n\r\u2028\u2029")
    read = json.loads(f'"{filling.prompt}"')
    assert len(read) <= 200
    assert read.removesuffix("...").strip() in " ".join(prompt.split())
    assert 0 < len(filling.title) <= 40
