"""What the person at the terminal reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from rich.console import Console
from rich.text import Text

from millstream_embedded.programs import Program


class Terminal:
    """Speaks to a console. `quiet` keeps it to what went wrong."""

    def __init__(self, console: Console, quiet: bool) -> None:
        self._console = console
        self._quiet = quiet

    @contextmanager
    def starting(self, program: Program) -> Iterator[None]:
        """Shows that a program starts, and how long it took once the block ends well."""
        hint = f" ({program.hint})" if program.hint else ""
        begun = monotonic()
        if self._quiet:
            yield
            return
        with self._console.status(Text(f"starting the {program.name} …{hint}")):
            yield
        self._say(f"  ✓ {program.name:<10} ready after {monotonic() - begun:4.1f} s", "green")

    def stopping(self) -> None:
        if not self._quiet:
            self._say("Stopping; once more to hurry.")

    def stopped(self) -> None:
        if not self._quiet:
            self._say("Stopped. Nothing is left running; the data is kept.")

    def died(self, name: str, how: str, restart: int, log: Path) -> None:
        self._say(f"The {name} died ({how}); restart {restart}. Its log: {log}", "yellow")

    def back(self, name: str, restart: int) -> None:
        self._say(f"The {name} is ready again after restart {restart}.", "green")

    def ails(self, name: str, why: str) -> None:
        self._say(f"The {name} is restarted: {why}.", "yellow")

    def gave_up(self, name: str, pause: float, log: Path) -> None:
        self._say(
            f"The {name} keeps dying. The next try is in {pause:.0f} s; its log says why: {log}",
            "red",
        )

    def killed(self, name: str) -> None:
        self._say(f"The {name} did not stop in time and was killed.", "yellow")

    def failed(self, reason: str) -> None:
        self._say(reason, "red")

    def facts(self, rows: dict[str, str]) -> None:
        """The summary once everything is ready: a name and a value a line."""
        if self._quiet:
            return
        self._console.print()
        for name, value in rows.items():
            self._say(f"  {name:<10} {value}")
        self._console.print()

    def _say(self, text: str, style: str = "") -> None:
        # Logs and paths hold brackets, which are not markup.
        self._console.print(Text(text, style), soft_wrap=True, highlight=False)
