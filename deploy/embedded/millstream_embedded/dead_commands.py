"""`millstream dead`: messages that nobody could deal with."""
# Imports inside commands (PLC0415): a machine that runs one service has only its libraries.
# ruff: noqa: PLC0415

from typing import Annotated

import typer
from rich.console import Console

from millstream_embedded.command_line import DATA, DataOption, finish

dead_app = typer.Typer(help="Messages that nobody could deal with.", no_args_is_help=True)

IdsArgument = Annotated[list[int] | None, typer.Argument(metavar="[ID]...", show_default=False)]
AllOption = Annotated[bool, typer.Option("--all", help="All there are.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print them as JSON lines.")]


@dead_app.command("list")
def list_letters(data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """List them, oldest first, with the reason why each was given up."""
    from millstream_embedded import dead_letters

    letters = finish(dead_letters.found(data))
    if as_json:
        for letter in letters:
            typer.echo(dead_letters.as_json(letter))
    else:
        Console().print(dead_letters.as_table(letters) if letters else "There are none.")


@dead_app.command()
def replay(ids: IdsArgument = None, everything: AllOption = False, data: DataOption = DATA) -> None:
    """Put messages back where they came from, to be dealt with again."""
    from millstream_embedded import dead_letters

    count = finish(dead_letters.replay(data, _chosen(ids, everything)))
    typer.echo(f"{count} replayed.")


@dead_app.command()
def drop(ids: IdsArgument = None, everything: AllOption = False, data: DataOption = DATA) -> None:
    """Delete messages for good."""
    from millstream_embedded import dead_letters

    count = finish(dead_letters.drop(data, _chosen(ids, everything)))
    typer.echo(f"{count} dropped.")


def _chosen(ids: list[int] | None, everything: bool) -> list[int] | None:
    """The ids; None stands for all. Exactly one of the two must be given."""
    if bool(ids) == everything:
        raise typer.BadParameter("Give the ids that `millstream dead list` shows, or --all.")
    return ids or None
