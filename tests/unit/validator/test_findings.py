"""What the tools print becomes findings with file, line and rule."""

import pytest

from millstream_shared.contracts.checks import (
    CheckOutcome,
    CheckRequested,
    Finding,
)
from millstream_shared.contracts.enums import CheckKind, Framework
from millstream_validator.core.findings import read_findings
from millstream_validator.core.sandbox import Outcome, StoppedBy
from millstream_validator.core.verdict import judge

ESLINT = (
    '[{"filePath":"/app/project/src/App.tsx","messages":[{"ruleId":"no-undef","severity":2,'
    '"message":"\'x\' is not defined.","line":3,"column":7}]},'
    '{"filePath":"/app/project/src/main.tsx","messages":[]}]'
)
TSC = """\
src/App.tsx(12,5): error TS2322: Type 'string' is not assignable to type 'number'.
  The expected type comes from property 'count'
src/lib/a.ts(1,10): error TS2305: Module '"./b"' has no exported member 'c'.
"""
ROLLDOWN = """\
\x1b[31m✗ Build failed\x1b[0m
[UNRESOLVED_IMPORT] Error: Could not resolve './Missing' in src/App.tsx
   ╭─[ src/App.tsx:2:21 ]
"""
REQUEST = CheckRequested(
    message_id="m", step="s", framework=Framework.REACT, files={}, kind=CheckKind.BUILD
)


@pytest.mark.parametrize(
    ("output", "first"),
    [
        (
            ESLINT,
            Finding(
                path="src/App.tsx", line=3, column=7, rule="no-undef", message="'x' is not defined."
            ),
        ),
        (
            TSC,
            Finding(
                path="src/App.tsx",
                line=12,
                column=5,
                rule="TS2322",
                message="Type 'string' is not assignable to type 'number'.",
            ),
        ),
        (
            ROLLDOWN,
            Finding(
                path="src/App.tsx",
                line=2,
                column=21,
                message="Could not resolve './Missing' in src/App.tsx",
            ),
        ),
    ],
)
def test_each_tools_output_is_read(output: str, first: Finding) -> None:
    """eslint's JSON, tsc's lines, the bundler's prose."""
    assert read_findings(output)[0] == first


@pytest.mark.parametrize("output", ["", "Killed", "[not json", "[1, 2]", "[[]]"])
def test_unreadable_output_gives_no_findings(output: str) -> None:
    """The verdict stands on the exit code; the raw tail is kept beside it."""
    assert read_findings(output) == ()


def outcome(code: int | None, stdout: str = "", stopped: StoppedBy | None = None) -> Outcome:
    return Outcome(exit_code=code, stdout=stdout, stderr="", seconds=1.0, stopped_by=stopped)


def test_the_exit_code_decides_alone() -> None:
    """An honest word "error" in the output is no failure; silence with code 1 is one."""
    assert judge(REQUEST, [outcome(0, "0 errors, error boundary found")]).passed
    assert not judge(REQUEST, [outcome(1)]).passed


def test_a_stopped_check_has_failed_and_says_why() -> None:
    """Even if its last word was exit code 0."""
    check = judge(REQUEST, [outcome(0), outcome(None, "half", StoppedBy.MEMORY)])
    assert check.outcome is CheckOutcome.FAILED
    assert check.findings == (Finding(message="the check was stopped: it used too much memory"),)
    assert check.seconds == 2.0
