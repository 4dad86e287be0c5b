"""What all commands share."""
# Imports inside functions (PLC0415): a machine that runs one service has only its libraries.
# ruff: noqa: PLC0415

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

Result = TypeVar("Result")

DATA = Path(".millstream")
DataOption = Annotated[Path, typer.Option("--data", help="Folder that holds all the stack keeps.")]


def finish(work: Coroutine[Any, Any, Result]) -> Result:
    """Runs a command's coroutine; what a person can mend is said in a line, not in a traceback."""
    from millstream_embedded.client import GatewayError
    from millstream_embedded.options import StackError
    from millstream_shared.contracts.store import Refused

    try:
        return asyncio.run(work)
    except (StackError, GatewayError, Refused) as error:
        Console(stderr=True).print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
