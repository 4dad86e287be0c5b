"""The tools the model has: what it is told of them, and how their arguments are read."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from millstream_agent.core.tree import Refusal


class Arguments(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NewFile(Arguments):
    path: str = Field(description="Relative path, for example src/components/Card.tsx")
    content: str = Field(description="The whole file")


class CreateOrUpdateFiles(Arguments):
    """Write whole files, new or over existing ones. Never leave parts out."""

    files: list[NewFile] = Field(min_length=1)


class ReadFiles(Arguments):
    """Read files of the project."""

    paths: list[str] = Field(min_length=1, max_length=20)


class SearchReplace(Arguments):
    search: str = Field(description="Text that occurs exactly once in the file")
    replace: str


class EditFile(Arguments):
    """Change parts of an existing file by search and replace. Prefer this for small changes."""

    path: str
    edits: list[SearchReplace] = Field(min_length=1)


class Terminal(Arguments):
    """Run a shell command in the project's folder, in a sandbox without network."""

    command: str = Field(min_length=1, max_length=4_000)


TOOLS: dict[str, type[Arguments]] = {
    "createOrUpdateFiles": CreateOrUpdateFiles,
    "editFile": EditFile,
    "readFiles": ReadFiles,
    "terminal": Terminal,
}


def declarations() -> list[dict[str, Any]]:
    """The tools in OpenAI's function-calling form."""
    return [
        {
            "type": "function",
            "function": {
                "name": name,
                "description": kind.__doc__,
                "parameters": _parameters(kind.model_json_schema()),
            },
        }
        for name, kind in TOOLS.items()
    ]


def read_arguments(name: str, arguments: str) -> Arguments:
    """The call's arguments; raises Refusal, whose text is for the model."""
    kind = TOOLS.get(name)
    if kind is None:
        raise Refusal(f"there is no tool {name!r}; the tools are {', '.join(TOOLS)}")
    try:
        return kind.model_validate_json(arguments or "{}")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the arguments"
        raise Refusal(
            f"{name} was NOT applied, nothing was changed: {where}: {first['msg']}. "
            "Send the whole call again; if it was too long, in smaller pieces"
        ) from error


def _parameters(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without references, which some providers do not follow, and without repetition."""
    kinds = schema.get("$defs", {})
    whole = _plain(schema, kinds)
    return {key: value for key, value in whole.items() if key not in {"$defs", "description"}}


def _plain(schema: Any, kinds: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_plain(each, kinds) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if reference := schema.get("$ref"):
        return _plain(kinds[reference.rpartition("/")[2]], kinds)
    return {
        key: _plain(value, kinds)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str)) and key != "additionalProperties"
    }
