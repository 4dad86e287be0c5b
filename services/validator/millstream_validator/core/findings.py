"""Reading what the tools print. A verdict never depends on it: that comes from exit codes alone."""

import re
from collections.abc import Iterator
from typing import Any

import orjson

from millstream_shared.contracts.checks import Finding
from millstream_validator.core.sandbox import PROJECT

MOST = 100
"""Findings of one check; who has more has one problem, many times."""

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
TSC = re.compile(
    r"^(?P<path>[^\s(][^(\n]*)\((?P<line>\d+),(?P<column>\d+)\): "
    r"error (?P<rule>TS\d+): (?P<message>.+)$",
    re.MULTILINE,
)
TSC_GLOBAL = re.compile(r"^error (?P<rule>TS\d+): (?P<message>.+)$", re.MULTILINE)
BUNDLER = re.compile(
    r"(?P<path>(?:\.{0,2}/)?(?:[\w@.-]+/)*[\w@.-]+\.(?:[cm]?[jt]sx?|css|html|json|vue|svelte))"
    r":(?P<line>\d+):(?P<column>\d+)"
)
MESSAGE = re.compile(r"(?:\[?[A-Z_]*\]?\s*)?error[^:\n]*:\s*(?P<message>.+)", re.IGNORECASE)


def read_findings(output: str) -> tuple[Finding, ...]:
    """The findings in a failed tool's output, whichever tool it was; empty if none is readable."""
    text = ANSI.sub("", output)
    for read in (_eslint, _tsc, _bundler):
        if found := tuple(read(text)):
            return found[:MOST]
    return ()


def _eslint(text: str) -> Iterator[Finding]:
    """The format `json` of eslint: a list of files with messages."""
    try:
        files = orjson.loads(text[text.index("[") : text.rindex("]") + 1])
    except ValueError:
        return
    for file in files:
        if not isinstance(file, dict) or "filePath" not in file:
            return
        for message in file.get("messages", ()):
            yield _from_eslint(file["filePath"], message)


def _from_eslint(path: str, message: dict[str, Any]) -> Finding:
    return Finding(
        path=relative(path),
        line=message.get("line"),
        column=message.get("column"),
        rule=message.get("ruleId"),
        severity="error" if message.get("severity") == 2 else "warning",
        message=str(message.get("message", "")),
    )


def _tsc(text: str) -> Iterator[Finding]:
    for found in TSC.finditer(text):
        yield Finding(
            path=relative(found["path"]),
            line=int(found["line"]),
            column=int(found["column"]),
            rule=found["rule"],
            message=found["message"],
        )
    for found in TSC_GLOBAL.finditer(text):
        yield Finding(rule=found["rule"], message=found["message"])


def _bundler(text: str) -> Iterator[Finding]:
    """Bundlers print for people: the first error line, and the first place named."""
    said = MESSAGE.search(text)
    place = BUNDLER.search(text)
    if not said and not place:
        return
    message = said["message"] if said else text.strip().splitlines()[0]
    yield Finding(
        path=relative(place["path"]) if place else None,
        line=int(place["line"]) if place else None,
        column=int(place["column"]) if place else None,
        message=message.strip(),
    )


def relative(path: str) -> str:
    """A path inside the project, as the project knows it."""
    return path.strip().removeprefix(f"{PROJECT}/").removeprefix("./")
