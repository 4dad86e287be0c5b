"""Every prompt as a model gets it, word for word.

After a change that is meant: `.venv/bin/python -m tests.unit.agent.test_prompts` writes them anew.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from millstream_agent.core.conversation import ChatMessage
from millstream_agent.core.estimate import tokens_in
from millstream_agent.core.knobs import OPTIMIZED
from millstream_agent.core.prompts import (
    code_messages,
    fix_messages,
    response_messages,
    selector_messages,
    title_messages,
)
from millstream_agent.core.tree import FileTree
from millstream_shared.contracts.checks import CheckFinished, CheckOutcome, Finding
from millstream_shared.contracts.enums import CheckKind, Framework, MessageStatus
from millstream_shared.contracts.frameworks import FrameworkCard
from millstream_shared.contracts.generation import GenerationContext

GOLDEN = Path(__file__).with_name("golden")
PROMPT = "A list of birds that I have seen"
MOST_TOKENS = 600
"""Of a system prompt: it is sent with every iteration."""


def card(framework: Framework) -> FrameworkCard:
    return FrameworkCard(
        framework=framework,
        title=framework.title(),
        summary="A small project with Tailwind CSS.",
        entry="src/App",
        output="dist",
        installed={"typescript": "5.9"},
        managed=("package.json",),
        checks={},
        files={"package.json": "{}", "src/App": "export default 1"},
    )


def finding() -> CheckFinished:
    return CheckFinished(
        message_id="m",
        step="s",
        kind=CheckKind.BUILD,
        outcome=CheckOutcome.FAILED,
        exit_code=1,
        findings=(Finding(path="src/App", line=3, column=7, rule="TS2322", message="No number."),),
    )


def prompts() -> Iterator[tuple[str, list[ChatMessage]]]:
    context = GenerationContext(
        message_id="m", project_id="p", status=MessageStatus.PENDING, prompt=PROMPT
    )
    yield "selector", selector_messages(PROMPT, Framework)
    yield "title", title_messages(PROMPT, "Built it.")
    yield "response", response_messages(PROMPT, "Built it.", "lint: passed (0 findings)")
    for framework in Framework:
        project = card(framework)
        tree = FileTree(project.files, frozenset(project.managed))
        code = code_messages(context, project, tree, OPTIMIZED)
        fix = fix_messages(PROMPT, project, tree, [finding()])
        yield f"code-{framework.lower()}", code.messages
        yield f"fix-{framework.lower()}", fix.messages


def text_of(messages: list[ChatMessage]) -> str:
    parts = (f"--- {message['role']}\n{message['content']}\n" for message in messages)
    return "\n".join(parts)


@pytest.mark.parametrize(("name", "messages"), list(prompts()), ids=[n for n, _ in prompts()])
def test_a_prompt_is_as_it_was_meant(name: str, messages: list[ChatMessage]) -> None:
    """A change shows in the file beside this test."""
    assert text_of(messages) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_prompts_are_short() -> None:
    """What is sent with every call costs every time."""
    for name, messages in prompts():
        assert tokens_in(messages[:1]) < MOST_TOKENS, name


def test_no_golden_is_left_over() -> None:
    """Of a prompt that is gone."""
    assert {path.stem for path in GOLDEN.iterdir()} == {name for name, _ in prompts()}


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, messages in prompts():
        (GOLDEN / f"{name}.txt").write_text(text_of(messages), encoding="utf-8")
