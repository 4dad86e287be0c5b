"""Runaway repetition is noticed; code is not taken for it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millstream_agent.core.repetition import (
    LEAST_CHARS,
    LONGEST_PERIOD,
    STRIDE,
    Repetition,
)

ROOT = Path(__file__).parents[3]
PLACES = (
    "services/validator/millstream_validator/templates",
    "deploy/simulator/millstream_simulator/scenarios",
    "services/agent/millstream_agent",
)
TEXTS = [path for place in PLACES for path in sorted((ROOT / place).rglob("*.*"))]

HONEST = {
    "table": "| name | price | stock |\n|------|-------|-------|\n"
    + "".join(f"| item | {row} | 1 |\n" for row in range(400)),
    "css": "".join(f".p-{size} {{ padding: {size}px; }}\n" for size in range(400)),
    "fixture": json.dumps([{"id": each, "done": False, "tags": []} for each in range(300)]),
    "minified array": str([each * 7919 % 256 for each in range(3_000)]).replace(" ", ""),
    "separators": f"/* {'=' * 200} */\n\n" * 3 + "-" * 1_000 + "\n" + "#" * 1_000,
    "base64": "data:audio/wav;base64,UklGRiQAAABXQVZF" + "A" * 3_000 + "=",
    "svg path": "M0 0" + "".join(f"L{x} {x * x % 97}" for x in range(900)) + "Z",
    "zeros": "[\n" + ("  [" + ", ".join("0" * 32) + "],\n") * 32 + "]",
    "identity": "\n".join(
        ", ".join("1" if row == column else "0" for column in range(60)) for row in range(60)
    ),
    "skeletons": ('<div className="h-4 w-full animate-pulse rounded bg-slate-200" />\n' * 40),
    "stars": ("<svg viewBox='0 0 20 20'><path d='" + "M9 2L1 9 4 8z" * 20 + "'/></svg>\n") * 7,
    "blank": "\n" * 500 + " " * 2_000,
}

RUNAWAY = {
    "letter": "a",
    "newline": "\n",
    "escape": "\\n",
    "zeros": "0, ",
    "sentence": "I will now fix the error in the file. ",
    "line": '<div className="card">\n  <p>Hello</p>\n</div>\n',
    "paragraph": "".join(f"Step {number}: run the build and look. " for number in range(10)),
}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_models_write_here_is_no_runaway(path: Path) -> None:
    """Templates, scenarios and our own code; nor when it comes as a JSON string."""
    text = path.read_text("utf-8", "replace")
    assert not Repetition().feed(text)
    assert not Repetition().feed(json.dumps(text))


@pytest.mark.parametrize("text", HONEST.values(), ids=HONEST)
def test_honest_regularity_is_no_runaway(text: str) -> None:
    """The worst that code brings along, with other code around it."""
    assert not Repetition().feed(f"export const it = `{text}`;\nconsole.log(it);\n" + text)


@pytest.mark.parametrize("phrase", RUNAWAY.values(), ids=RUNAWAY)
def test_a_model_that_repeats_itself_is_cut_soon(phrase: str) -> None:
    """After enough repeats, and at most one look later; what came before does not matter."""
    before, watch = TEXTS[0].read_text("utf-8"), Repetition()
    assert not watch.feed(before)
    endless = phrase * (2 * LEAST_CHARS // len(phrase))
    seen = next(at for at in range(len(endless)) if watch.feed(endless[at]))
    assert LEAST_CHARS - len(phrase) <= seen <= LEAST_CHARS + STRIDE


def test_a_period_that_is_too_long_is_none() -> None:
    """Files of an app may resemble each other; only short phrases are looked for."""
    phrase = "".join(f"{number:04}" for number in range(LONGEST_PERIOD // 4))
    assert Repetition().feed(phrase * 20)
    assert not Repetition().feed((phrase + "!") * 20)


def test_what_was_runaway_once_stays_so() -> None:
    """A large piece of an answer may end better than it went on."""
    assert Repetition().feed("again " * LEAST_CHARS + TEXTS[0].read_text("utf-8") * 5)


@given(st.text(alphabet="ab", max_size=9), st.sampled_from("ab"), st.data())
def test_it_does_not_matter_how_the_text_is_cut(
    rest: str, letter: str, data: st.DataObject
) -> None:
    """One character at a time, or all at once."""
    text = (rest + letter) * data.draw(st.integers(0, 900)) + rest
    size = data.draw(st.integers(1, 700))
    whole, pieces = Repetition(), Repetition()
    found = whole.feed(text)
    for start in range(0, len(text), size):
        pieces.feed(text[start : start + size])
    assert pieces.found == found == (len(text) // STRIDE * STRIDE >= LEAST_CHARS)
