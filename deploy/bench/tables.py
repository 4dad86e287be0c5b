"""The figures, for people."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from deploy.bench.latency import Latency
from deploy.bench.memory import Memory


def print_split(console: Console, split: dict[str, float]) -> None:
    table = Table(title="Where a journey's time goes (medians)")
    table.add_column("part")
    table.add_column("seconds", justify="right")
    table.add_column("share", justify="right")
    for part, seconds in split.items():
        table.add_row(part, f"{seconds:.2f}", f"{seconds / split['total']:.0%}")
    console.print(table)


def print_latencies(console: Console, latencies: Mapping[str, Latency]) -> None:
    table = Table(title="How soon, ms")
    table.add_column("what")
    for column in ("samples", "p50", "p95", "most", "p95 at most"):
        table.add_column(column, justify="right")
    for name, each in latencies.items():
        style = "" if each.met else "red"
        figures = (each.p50, each.p95, each.most, each.target)
        table.add_row(name, f"{each.samples}", *(f"{ms:.0f}" for ms in figures), style=style)
    console.print(table)


def print_memory(console: Console, memory: Memory) -> None:
    table = Table(title="Memory, MB (PSS, with children)")
    table.add_column("process")
    table.add_column("idle", justify="right")
    table.add_column("busy", justify="right")
    for name, held in memory.items():
        table.add_row(name, f"{held['idle']:.0f}", f"{held['busy']:.0f}")
    total = {state: sum(held[state] for held in memory.values()) for state in ("idle", "busy")}
    table.add_row("all", f"{total['idle']:.0f}", f"{total['busy']:.0f}", style="bold")
    console.print(table)
