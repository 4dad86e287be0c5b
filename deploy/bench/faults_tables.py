"""Which faults a user notices, and what they cost, for people."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from deploy.bench.faults_runs import FaultyRun
from deploy.bench.faults_verdicts import Verdict


def print_calls(console: Console, verdicts: Sequence[Verdict]) -> None:
    table = Table(title="A call whose first provider fails; two healthy ones are beside it")
    for column in ("fault", "what the user sees"):
        table.add_column(column)
    for column in ("attempts", "tokens wasted", "of all", "seconds added"):
        table.add_column(column, justify="right")
    table.add_column("")
    for each in verdicts:
        attempts = f"{each.attempts}" + (f" ({each.hedges} raced)" if each.hedges else "")
        spent = (attempts, f"{each.wasted_tokens:,}", f"{each.tokens:,}")
        row = (each.fault, each.seen, *spent, f"{each.seconds_added:+.2f}", _mark(each.passed))
        table.add_row(*row)
    console.print(table)


def print_runs(console: Console, runs: Sequence[FaultyRun]) -> None:
    table = Table(title="A whole run whose first provider fails at every call")
    for column in ("fault", "the message ends as", "attempts"):
        table.add_column(column)
    for column in ("tokens wasted", "of all", "seconds"):
        table.add_column(column, justify="right")
    table.add_column("")
    for run in runs:
        attempts = ", ".join(f"{count} {outcome}" for outcome, count in run.attempts.items())
        spent = (f"{run.wasted_tokens:,}", f"{run.tokens:,}", f"{run.seconds:.1f}")
        row = (run.fault, f"{run.status}, {run.type}", attempts, *spent, _mark(run.good))
        table.add_row(*row)
    console.print(table)


def print_headline(console: Console, passed: int, asked: int) -> None:
    colour, verdict = ("green", "met") if passed == asked else ("red", "missed")
    console.print(f"[{colour}]{verdict:<7}[/]{passed} of {asked} pass; safe but failed is failed")


def _mark(passed: bool) -> str:
    return "[green]pass[/]" if passed else "[red]fail[/]"
