"""`make demo`: the whole journey once, on a stack that lives only for it."""

from typing import Any

from rich.console import Console

from millstream_embedded.client import Gateway
from millstream_embedded.generation import Wish, generate, report
from millstream_embedded.options import Options
from millstream_embedded.stack import running_stack


async def demo(options: Options, wish: Wish, console: Console) -> int:
    """Exit code 0 only if all checks are green, the result is stored, and its preview answers."""
    async with (
        running_stack(options, console) as stack,
        Gateway.connect(stack.url, stack.api_key) as gateway,
    ):
        message = await generate(gateway, wish, console)
        report(console, message)
        return await _verify_preview(gateway, message, console)


async def _verify_preview(gateway: Gateway, message: dict[str, Any], console: Console) -> int:
    fragment = message.get("fragment")
    url = fragment.get("previewUrl") if isinstance(fragment, dict) else None
    if not is_good(message) or not isinstance(url, str):
        return 1
    status = await gateway.status_of(url)
    console.print(f"[bold]Answers[/]  {status}")
    return 0 if status == 200 else 1


def is_good(message: dict[str, Any]) -> bool:
    """Whether the message is a stored result with both checks green."""
    green = {check["kind"] for check in message["checks"] if check["outcome"] == "passed"}
    stored = (message["status"], message["type"]) == ("COMPLETE", "RESULT")
    return stored and green == {"lint", "build"}
