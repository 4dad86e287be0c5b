"""Telling a run on a terminal, as it happens."""

from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape

from millstream_embedded.client import Event


class Narrator:
    """Prints events as they come: prose, files line by line, tools, verdicts."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._line_open = False

    def tell(self, event: Event) -> None:
        handler = getattr(self, f"_on_{event.name.replace('.', '_')}", None)
        if handler:
            handler(event.data)

    def tell_waiting(self, waiting: dict[str, Any]) -> None:
        """Says why nothing happens yet; `waiting` is the message's."""
        ahead = waiting["ahead"]
        runs = "run" if ahead == 1 else "runs"
        whose = "of this project" if waiting["reason"] == "project_busy" else "of yours"
        go = "goes" if ahead == 1 else "go"
        self._say(f"[yellow]waiting:[/] {ahead} {runs} {whose} {go} first")

    def _on_status(self, data: dict[str, Any]) -> None:
        self._say(f"[bold]{data['status']}[/]")

    def _on_framework(self, data: dict[str, Any]) -> None:
        self._say(f"[cyan]framework[/] {data['framework']} [dim](chosen by: {data['source']})[/]")

    def _on_step(self, data: dict[str, Any]) -> None:
        numbers = [f"{name} {data[name]}" for name in ("round", "iteration") if data.get(name)]
        self._say(f"[blue]▸ {data['name']}[/] [dim]{', '.join(numbers)}[/]")

    def _on_text_delta(self, data: dict[str, Any]) -> None:
        self._stream(data["text"], "italic")

    def _on_file_started(self, data: dict[str, Any]) -> None:
        self._say(f"[green]✎ {escape(data['path'])}[/]")

    def _on_file_delta(self, data: dict[str, Any]) -> None:
        self._stream(data["text"], "dim")

    def _on_file_finished(self, data: dict[str, Any]) -> None:
        if data["applied"]:
            self._say(f"[green]✔ {escape(data['path'])}[/] [dim]{data['size']} bytes[/]")
        else:
            self._say(f"[yellow]✘ {escape(data['path'])} not written: {escape(data['reason'])}[/]")

    def _on_tool_started(self, data: dict[str, Any]) -> None:
        if data["tool"] == "terminal":
            self._say(f"[magenta]$ {escape(_command(data['input']))}[/]")

    def _on_tool_finished(self, data: dict[str, Any]) -> None:
        if data["tool"] == "terminal" or not data["ok"]:
            self._say(f"[dim]{escape(data['output'])}[/]")

    def _on_check_finished(self, data: dict[str, Any]) -> None:
        check = data["check"]
        mark = "[green]✔" if check["outcome"] == "passed" else "[red]✘"
        self._say(f"{mark} {check['kind']} {check['outcome']}[/] [dim]{check['seconds']:.1f} s[/]")
        for finding in check["findings"]:
            place = f"{finding.get('path', '')}:{finding.get('line', '')}"
            rule = finding.get("rule", "")
            self._say(f"  [red]{escape(place)}[/] {escape(finding['message'])} [dim]{rule}[/]")

    def _on_fix_started(self, data: dict[str, Any]) -> None:
        self._say(f"[yellow]↻ fix round {data['round']}[/] [dim]{data['findings']} finding(s)[/]")

    def _on_rewound(self, data: dict[str, Any]) -> None:
        self._say(f"[yellow]↩ taken back; attempt {data['attempt']} goes on[/]")

    def _on_title(self, data: dict[str, Any]) -> None:
        self._say(f"[bold]{escape(data['title'])}[/]")

    def _on_error(self, data: dict[str, Any]) -> None:
        self._say(f"[red]✘ {data['code']}: {escape(data['message'])}[/]")

    def _stream(self, text: str, style: str) -> None:
        self._console.print(
            text, end="", style=style, markup=False, highlight=False, soft_wrap=True
        )
        self._line_open = not text.endswith("\n")

    def _say(self, line: str) -> None:
        if self._line_open:
            self._console.print()
        self._line_open = False
        self._console.print(line, highlight=False, soft_wrap=True)


def _command(arguments: str) -> str:
    try:
        return str(orjson.loads(arguments)["command"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return arguments
