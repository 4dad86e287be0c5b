"""What runs add up to, and what a viewer's events are taken for."""

from typing import Any

import pytest
from rich.console import Console

from deploy.bench.comparison import add_up, targets
from deploy.bench.listening import Call, Listener, Run
from deploy.bench.profile_tables import print_comparison, print_targets
from deploy.bench.profiles import model_of_time
from millstream_embedded.client import Event


def call(role: str = "code", **fields: Any) -> Call:
    """A call of 100 tokens in and 10 out."""
    return Call(role, **{"input_tokens": 100, "cached_tokens": 0, "output_tokens": 10, **fields})


def run(*calls: Call, seconds: float = 10, good: bool = True) -> Run:
    """A run of these calls."""
    return Run("straight", calls, seconds, good)


def listen(*events: tuple[float, str, dict[str, Any]]) -> list[Call]:
    """The calls in events that are heard at these moments."""
    now = [0.0]
    listener = Listener(clock=lambda: now[0])
    for now[0], name, data in events:
        listener.hear(Event("1", name, data))
    return listener.calls


def usage(role: str, **fields: Any) -> dict[str, Any]:
    """A usage event as viewers get it."""
    return {"role": role, "inputTokens": 100, "outputTokens": 10, **fields}


def test_a_call_is_timed_from_its_step_to_its_usage() -> None:
    """The first sign of an answer may be text or a file; later ones do not count."""
    told = usage("code", cachedInputTokens=60, firstContent=0.4)
    (heard,) = listen(
        (1.0, "step", {"name": "code"}),
        (1.5, "file.started", {}),
        (2.0, "text.delta", {}),
        (3.5, "usage", told),
    )
    assert (heard.seen, heard.written) == (0.5, 2.0)
    assert (heard.input_tokens, heard.cached_tokens, heard.first_content) == (100, 60, 0.4)


def test_only_iterations_are_timed() -> None:
    """Title and response are written at the same time, so their events tell nothing."""
    heard = listen(
        (1.0, "step", {"name": "response"}),
        (2.0, "text.delta", {}),
        (3.0, "usage", usage("title")),
        (3.0, "usage", usage("response")),
    )
    assert [each.seen for each in heard] == [None, None]
    assert [each.iterates for each in heard] == [False, False]


def test_sums_are_over_all_calls_and_medians_over_iterations() -> None:
    """Fix rounds iterate too; a call without times has no part in TTFT and speed."""
    figures = add_up(
        [
            run(call(seen=1.0, written=1.0, cached_tokens=50), call("fix", seen=3.0, written=4.0)),
            run(call(input_tokens=200, seen=2.0), call("title", seen=9.0), good=False),
        ]
    )
    assert figures.iterations == 3
    assert figures.context_tokens == 500
    assert figures.context_per_call == 133
    assert figures.cached_share == 0.1
    assert (figures.ttft, figures.ttft_seen) == (None, 2.0)
    assert figures.tokens_per_second == 4.0
    assert (figures.seconds, figures.error_rate) == (20, 0.5)


@pytest.mark.parametrize(
    ("seconds", "tokens", "good", "met"),
    [
        (3.5, 50, True, [True, True, True]),
        (3.6, 51, True, [False, False, True]),
        (1.0, 1, False, [True, True, False]),
    ],
)
def test_targets_are_shares_of_the_baseline(
    seconds: float, tokens: int, good: bool, met: list[bool]
) -> None:
    """65 percent of the time, half the context, and no more errors."""
    baseline = add_up([run(call())])
    optimized = add_up([run(call(input_tokens=tokens), seconds=seconds, good=good)])
    assert [target.met for target in targets(baseline, optimized)] == met


def test_tables_and_words_can_be_printed() -> None:
    """Figures that were not measured leave a dash; the words say what is outside the targets."""
    console = Console(record=True, width=120)
    pair = {"baseline": add_up([run(call())]), "optimized": add_up([run(call(), seconds=4)])}
    print_comparison(console, {"the seed's": pair})
    print_targets(console, targets(*pair.values()))
    printed = console.export_text()
    assert "-60%" in printed
    assert "missed" in printed
    assert "`straight`" in model_of_time()
