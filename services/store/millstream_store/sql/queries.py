"""Reads queries.sql: blocks of `-- name:`, a line saying why, and one statement."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_BLOCK = re.compile(r"^-- name: (\w+)\n((?:-- .+\n)+)([^;]+;)", re.MULTILINE)
_PARAMETER = re.compile(r"(?<!:):([a-z_0-9]+)")


@dataclass(frozen=True)
class Query:
    """One statement; `sql` has $1, $2 ... in the order of `parameters`."""

    name: str
    why: str
    sql: str
    parameters: tuple[str, ...]

    def arguments(self, given: Mapping[str, object]) -> list[object]:
        """The values in the statement's order; each parameter must be given, and nothing else."""
        if set(given) != set(self.parameters):
            raise TypeError(f"{self.name} takes {self.parameters}, not {tuple(given)}")
        return [given[parameter] for parameter in self.parameters]


def parse(text: str) -> dict[str, Query]:
    """The queries in `text` by name."""
    return {name: _query(name, why, body) for name, why, body in _BLOCK.findall(text)}


@cache
def load() -> Mapping[str, Query]:
    """The queries of the store, by name."""
    return parse(files(__package__).joinpath("queries.sql").read_text("utf-8"))


def _query(name: str, why: str, body: str) -> Query:
    parameters = tuple(dict.fromkeys(_PARAMETER.findall(body)))
    sql = _PARAMETER.sub(lambda found: f"${parameters.index(found[1]) + 1}", body)
    return Query(name, why.replace("-- ", "").replace("\n", " ").strip(), sql, parameters)
