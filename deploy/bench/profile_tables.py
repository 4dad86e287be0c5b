"""Two profiles side by side, for people."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from deploy.bench.comparison import Figures, Target

ROWS: Mapping[str, tuple[str, str]] = {
    "iterations": ("iterations", "{:.0f}"),
    "context_tokens": ("context tokens, all calls", "{:,.0f}"),
    "context_per_call": ("context tokens an iteration", "{:,.0f}"),
    "cached_share": ("of it in the provider's cache", "{:.0%}"),
    "ttft": ("TTFT at the agent, p50 s", "{:.2f}"),
    "ttft_seen": ("TTFT at the viewer, p50 s", "{:.2f}"),
    "tokens_per_second": ("tokens per second", "{:.0f}"),
    "seconds": ("total time, s", "{:.1f}"),
    "error_rate": ("error rate", "{:.0%}"),
}


def print_comparison(console: Console, figures: Mapping[str, Mapping[str, Figures]]) -> None:
    """`figures`: scenario -> profile -> figures; the same two profiles each."""
    table = Table(title="Before and after")
    for column in ("scenario", "figure"):
        table.add_column(column)
    for profile in (*next(iter(figures.values())), "change"):
        table.add_column(profile, justify="right")
    for scenario, pair in figures.items():
        before, after = pair.values()
        for name, (title, form) in ROWS.items():
            one, other = getattr(before, name), getattr(after, name)
            first = scenario if name == "iterations" else ""
            table.add_row(first, title, _shown(one, form), _shown(other, form), _change(one, other))
        table.add_section()
    console.print(table)


def print_targets(console: Console, targets: Sequence[Target]) -> None:
    for target in targets:
        colour, verdict = ("green", "met") if target.met else ("red", "missed")
        console.print(f"[{colour}]{verdict:<7}[/]{target.name}: {target.measured:.0%}")


def _shown(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


def _change(before: float | None, after: float | None) -> str:
    if not before or after is None:
        return ""
    return f"{round(after / before - 1, 2) + 0:+.0%}"  # + 0 makes a zero of a negative one
