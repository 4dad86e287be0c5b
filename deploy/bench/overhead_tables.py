"""What is added to a call, for people."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from deploy.bench.overhead_figures import TIMES_LESS, LevelFigures
from deploy.bench.overhead_rounds import Level
from deploy.bench.overhead_sides import BARE, LITELLM, OURS


def print_level(console: Console, level: Level, figures: LevelFigures) -> None:
    title = f"{level.concurrency} at once, a chunk every {level.pause * 1000:g} ms each"
    table = Table(title=title)
    table.add_column("asked by")
    for column in ("calls", "p50 ms", "p99 ms", "added p50", "added p99", "CPU us/chunk"):
        table.add_column(column, justify="right")
    for name, side in figures.sides.items():
        added = ["", ""] if name == BARE else [f"{side.added_p50:+.1f}", f"{side.added_p99:+.1f}"]
        times = [f"{side.p50:.1f}", f"{side.p99:.1f}", *added]
        table.add_row(name, f"{side.calls}", *times, _cpu(side.cpu))
    console.print(table)
    console.print(_verdict(figures))


def _cpu(cpu: Mapping[str, int]) -> str:
    """The whole, and of which processes it is."""
    if len(cpu) == 1:
        return f"{sum(cpu.values())}"
    parts = ", ".join(f"{name} {spent}" for name, spent in cpu.items())
    return f"{sum(cpu.values())} ({parts})"


def _verdict(figures: LevelFigures) -> str:
    if figures.met is None:
        return "[yellow]skipped[/] the comparison: LiteLLM is not there"
    ours, theirs = figures.sides[OURS].added_p99, figures.sides[LITELLM].added_p99
    colour, verdict = ("green", "met") if figures.met else ("red", "missed")
    if figures.ratio is None:
        what = (
            f"Millstream's p99 is {-ours:.1f} ms below the bare SDK's, LiteLLM's {theirs:+.1f} ms"
        )
    else:
        what = f"LiteLLM adds {figures.ratio:g} times as much at p99 ({TIMES_LESS} wanted)"
    return f"[{colour}]{verdict:<7}[/]{what}\n"
