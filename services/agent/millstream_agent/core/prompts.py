"""Prompts: text files with `$names`; a name without a value is an error, not an empty space."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from string import Template

from millstream_agent.core.context import Opening, opening, quoted
from millstream_agent.core.conversation import ChatMessage, assistant, system, user
from millstream_agent.core.knobs import Knobs
from millstream_agent.core.tree import FileTree
from millstream_shared.contracts.checks import CheckFinished, Finding
from millstream_shared.contracts.enums import Framework, MessageRole, Role
from millstream_shared.contracts.frameworks import FrameworkCard
from millstream_shared.contracts.generation import GenerationContext, Turn

HISTORY_CHARS = 2_000
OUTPUT_CHARS = 3_000
FINDINGS = 30


def render(role: Role, values: Mapping[str, str]) -> str:
    """The role's system prompt; raises KeyError when a value is missing."""
    return Template(_text(f"{role}.md")).substitute(values).strip()


@cache
def _text(name: str) -> str:
    return files("millstream_agent").joinpath("prompts", name).read_text(encoding="utf-8")


def selector_messages(prompt: str, offered: Iterable[Framework]) -> list[ChatMessage]:
    names = "\n".join(f"- {framework.lower()}" for framework in sorted(offered))
    return [system(render(Role.SELECTOR, {"frameworks": names})), user(_request(prompt))]


def code_messages(
    context: GenerationContext, card: FrameworkCard, tree: FileTree, knobs: Knobs
) -> Opening:
    """The stable part first, so that providers can reuse what they computed for it."""
    first = system(render(Role.CODE, _card_values(card)))
    if knobs.lean:
        rest = opening(context, card, tree, knobs.context_messages, knobs.context_tokens)
        return Opening([first, *rest.messages], rest.shown)
    listing = "\n".join(f"- {path}" for path in sorted(tree.files))
    recent = context.history[max(0, len(context.history) - knobs.context_messages) :]
    request = user(f"{_request(context.prompt)}\n\nThe project's files:\n{listing}")
    return Opening([first, *(_turn(turn) for turn in recent), request])


def fix_messages(
    prompt: str, card: FrameworkCard, tree: FileTree, checks: Sequence[CheckFinished]
) -> Opening:
    """Only what the fix needs: the findings, and the files they are about."""
    failed = [check for check in checks if not check.passed]
    paths = dict.fromkeys(
        finding.path for check in failed for finding in check.findings if finding.path
    )
    shown = [path for path in paths if path in tree.files]
    sources = "\n\n".join(quoted(path, tree.files[path]) for path in shown)
    report = "\n\n".join(_report(check) for check in failed)
    messages = [
        system(render(Role.FIX, _card_values(card))),
        user(f"{_request(prompt)}\n\n{report}\n\n{sources}".strip()),
    ]
    return Opening(messages, frozenset(shown))


def title_messages(prompt: str, summary: str) -> list[ChatMessage]:
    return [system(render(Role.TITLE, {})), user(_about(prompt, summary))]


def response_messages(prompt: str, summary: str, verdict: str) -> list[ChatMessage]:
    about = f"{_about(prompt, summary)}\n<checks>{verdict}</checks>"
    return [system(render(Role.RESPONSE, {})), user(about)]


def _card_values(card: FrameworkCard) -> dict[str, str]:
    installed = ", ".join(f"{name} {version}" for name, version in card.installed.items())
    return {
        "framework": card.title,
        "summary": card.summary,
        "notes": _text(f"frameworks/{card.framework.lower()}.md").strip(),
        "entry": card.entry,
        "installed": installed,
        "managed": ", ".join(card.managed),
    }


def _request(prompt: str) -> str:
    return f"<request>{prompt}</request>"


def _about(prompt: str, summary: str) -> str:
    return f"{_request(prompt)}\n<summary>{summary}</summary>"


def _turn(turn: Turn) -> ChatMessage:
    text = turn.content[:HISTORY_CHARS]
    return user(text) if turn.role is MessageRole.USER else assistant(text)


def _report(check: CheckFinished) -> str:
    lines = "\n".join(_line(finding) for finding in check.findings[:FINDINGS])
    return f"The {check.kind} check failed:\n{lines or check.output[-OUTPUT_CHARS:]}"


def _line(finding: Finding) -> str:
    place = ":".join(str(part) for part in (finding.path, finding.line, finding.column) if part)
    rule = f" [{finding.rule}]" if finding.rule else ""
    return f"- {place or 'project'}: {finding.message}{rule}"
