"""A scenario: what the model builds for one kind of prompt, turn by turn."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1)]


class Entry(BaseModel):
    """A table of scenario.toml; a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WriteFiles(Entry):
    """Write whole files; `files` maps a project path to a source file of the scenario."""

    tool: Literal["createOrUpdateFiles"]
    files: dict[Text, Text] = Field(min_length=1)


class ReadFiles(Entry):
    """Read files of the project; with `unless_shown` only if the request did not show them all."""

    tool: Literal["readFiles"]
    paths: tuple[Text, ...] = Field(min_length=1)
    unless_shown: bool = False


class Edit(Entry):
    """Replace a text that occurs exactly once."""

    search: Text
    replace: str


class EditFile(Entry):
    """Edit a file written before."""

    tool: Literal["editFile"]
    path: Text
    edits: tuple[Edit, ...] = Field(min_length=1)


class RunCommand(Entry):
    """Run a command in the project's folder."""

    tool: Literal["terminal"]
    command: Text


Call = Annotated[WriteFiles | ReadFiles | EditFile | RunCommand, Field(discriminator="tool")]


class Turn(Entry):
    """One answer of the agent: prose, then calls; the last turn has none."""

    text: str
    calls: tuple[Call, ...] = ()


def _end_in_summary(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    if turns and (turns[-1].calls or "<task_summary>" not in turns[-1].text):
        raise ValueError("the last turn must have a <task_summary> and no calls")
    return turns


Turns = Annotated[tuple[Turn, ...], AfterValidator(_end_in_summary)]


def _go_on(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    if not all(turn.calls for turn in turns):
        raise ValueError("a turn of `polish` must have calls, or the loop would end there")
    return turns


class Script(Entry):
    """The content of scenario.toml.

    The model plays the `code` turns in order. If there are `polish` turns, it goes on with those
    before its summary, again and again, until it is told to end.
    """

    title: Text
    framework: Annotated[str, Field(pattern=r"^[a-z]+$")]
    keywords: tuple[Text, ...] = ()
    response: Text
    code: Turns = Field(min_length=1)
    polish: Annotated[tuple[Turn, ...], AfterValidator(_go_on)] = ()
    fix: Turns = ()

    def sources(self) -> set[str]:
        """The source files that the turns write, relative to the scenario's folder."""
        calls = [call for turn in (*self.code, *self.polish, *self.fix) for call in turn.calls]
        writes = [call for call in calls if isinstance(call, WriteFiles)]
        return {source for call in writes for source in call.files.values()}


class Scenario(Script):
    """A script with the text of its source files."""

    slug: str
    texts: dict[str, str]
