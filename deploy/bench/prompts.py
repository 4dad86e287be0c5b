"""How many tokens each prompt has, by the estimate the agent itself goes by."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from millstream_agent.core.estimate import declaration_tokens, tokens_in
from millstream_agent.core.knobs import BASELINE, OPTIMIZED, Knobs
from millstream_agent.core.prompts import (
    code_messages,
    fix_messages,
    response_messages,
    selector_messages,
    title_messages,
)
from millstream_agent.core.tools import declarations
from millstream_agent.core.tree import FileTree
from millstream_shared.contracts.enums import Framework, MessageRole, MessageStatus
from millstream_shared.contracts.frameworks import FrameworkCard
from millstream_shared.contracts.generation import GenerationContext, Turn

PROMPT = "Add a chart of the birds that I have seen this month"
PARAGRAPH = "I would like to keep a list of birds, with place and day, and to search in it. "
FILE = "export const birds = ['wren', 'robin', 'heron']\n" * 12


async def count_prompts(console: Console) -> Mapping[str, int]:
    """The system prompts, the tools, and a whole opening in a project with a past."""
    counts = {
        "tools": declaration_tokens(declarations()),
        "selector": tokens_in(selector_messages(PROMPT, Framework)),
        "title": tokens_in(title_messages(PROMPT, PARAGRAPH)),
        "response": tokens_in(response_messages(PROMPT, PARAGRAPH, "lint: passed")),
        **{
            f"{role} {framework.lower()}": count
            for framework in Framework
            for role, count in _of_framework(framework).items()
        },
        "opening, baseline": _opening(BASELINE),
        "opening, optimized": _opening(OPTIMIZED),
    }
    table = Table(title="Tokens of prompts (our estimate)")
    table.add_column("prompt")
    table.add_column("tokens", justify="right")
    for name, count in counts.items():
        table.add_row(name, f"{count:,}")
    console.print(table)
    return counts


def _of_framework(framework: Framework) -> Mapping[str, int]:
    card = _card(framework)
    tree = FileTree(card.files, frozenset(card.managed))
    code = code_messages(_context(0), card, tree, OPTIMIZED).messages
    return {
        "code": tokens_in(code[:1]),
        "fix": tokens_in(fix_messages(PROMPT, card, tree, []).messages[:1]),
    }


def _opening(knobs: Knobs) -> int:
    """What a follow-up message begins with, the system prompt aside."""
    card = _card(Framework.REACT)
    files = {**card.files, **{f"src/components/Bird{n}.tsx": FILE for n in range(20)}}
    tree = FileTree(files, frozenset(card.managed))
    return tokens_in(code_messages(_context(12, files), card, tree, knobs).messages[1:])


def _context(turns: int, files: dict[str, str] | None = None) -> GenerationContext:
    roles = (MessageRole.USER, MessageRole.ASSISTANT)
    history = tuple(Turn(role=roles[n % 2], content=PARAGRAPH * 20) for n in range(turns))
    return GenerationContext(
        message_id="m",
        project_id="p",
        status=MessageStatus.PENDING,
        prompt=PROMPT,
        history=history,
        files=files or {},
    )


def _card(framework: Framework) -> FrameworkCard:
    return FrameworkCard(
        framework=framework,
        title=framework.title(),
        summary="A small project with TypeScript and Tailwind CSS.",
        entry="src/App",
        output="dist",
        installed={"typescript": "5.9", "tailwindcss": "4.3"},
        managed=("package.json",),
        checks={},
        files={"package.json": "{}", "src/App": FILE},
    )
