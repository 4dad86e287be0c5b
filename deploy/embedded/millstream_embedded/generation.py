"""Having one app generated: sends the prompt, tells the run, and reports what was stored."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape

from millstream_embedded.client import Event, Gateway
from millstream_embedded.narrator import Narrator
from millstream_embedded.operator import read_env
from millstream_embedded.options import Options, StackError


@dataclass(frozen=True)
class Wish:
    """What is to be generated, and how it is told."""

    prompt: str
    framework: str | None = None
    as_json: bool = False


async def generate_on(
    url: str | None, key: str | None, data: Path, wish: Wish, console: Console
) -> int:
    """Generates on a running gateway, by default the one whose stack keeps `data`."""
    found = read_env(Options(data=data).folder.client_env)
    url, key = url or found.get("MILLSTREAM_URL"), key or found.get("MILLSTREAM_API_KEY")
    if not url or not key:
        raise StackError("No running stack was found: start one (make up), or give --url and --key")
    async with Gateway.connect(url, key) as gateway:
        message = await generate(gateway, wish, console)
    if not wish.as_json:
        report(console, message)
    return 0 if message["type"] == "RESULT" else 1


async def generate(gateway: Gateway, wish: Wish, console: Console) -> dict[str, Any]:
    """The message as the store has it once the run has ended."""
    project = await gateway.create_project(wish.framework)
    accepted = await gateway.send(project["id"], wish.prompt)
    narrator = Narrator(console)
    if (waiting := accepted["message"].get("waiting")) and not wish.as_json:
        narrator.tell_waiting(waiting)
    async for event in gateway.events(accepted["streamUrl"]):
        if wish.as_json:
            print_json(console, event)
        else:
            narrator.tell(event)
    return await gateway.message(accepted["message"]["id"])


def print_json(console: Console, event: Event) -> None:
    line = orjson.dumps({"id": event.id, "event": event.name, "data": event.data}).decode()
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def report(console: Console, message: dict[str, Any]) -> None:
    """What was stored, for a person."""
    fragment = message.get("fragment") or {}
    console.print()
    console.rule(f"[bold]{escape(fragment.get('title', 'No result'))}")
    console.print(f"[bold]Status[/]   {message['status']} ({message['type']}), from the database")
    for check in message.get("checks", ()):
        colour = "green" if check["outcome"] == "passed" else "red"
        console.print(f"[bold]{check['kind'].capitalize():<8}[/] [{colour}]{check['outcome']}[/]")
    if fragment:
        console.print(f"[bold]Files[/]    {len(fragment['files'])}")
    if usage := message.get("usage"):
        spent = f"{usage['inputTokens']} in, {usage['outputTokens']} out, {usage['calls']} calls"
        console.print(f"[bold]Tokens[/]   {spent}", highlight=False)
    if url := fragment.get("previewUrl"):
        console.print(f"[bold]Preview[/]  {url}", soft_wrap=True, highlight=False)
