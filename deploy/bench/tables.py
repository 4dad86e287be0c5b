"""The figures, for people."""

from rich.console import Console
from rich.table import Table

from deploy.bench.memory import Memory


def print_split(console: Console, split: dict[str, float]) -> None:
    table = Table(title="Where a journey's time goes (medians)")
    table.add_column("part")
    table.add_column("seconds", justify="right")
    table.add_column("share", justify="right")
    for part, seconds in split.items():
        table.add_row(part, f"{seconds:.2f}", f"{seconds / split['total']:.0%}")
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
