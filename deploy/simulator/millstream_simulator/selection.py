"""The framework selector's answer: one word."""

import re

# How people write a framework's name. "react to" is a verb.
SPELLINGS = {
    "nextjs": r"next(?:\.|\s)?js|next",
    "angular": r"angular",
    "vue": r"vue(?:\.?js)?",
    "svelte": r"svelte(?:kit)?",
    "react": r"react(?:\.?js)?(?!\s+to\b)",
}
IN_PROMPTS = {**SPELLINGS, "nextjs": r"next(?:\.|\s)?js"}


def select_framework(prompt: str, system: str, usual: str) -> str:
    """The one the prompt names, else the usual one, else the first of those the system lists."""
    offered = _mentioned(_list_in(system), SPELLINGS)
    wanted = (name for name in _mentioned(prompt, IN_PROMPTS) if name in offered)
    return next(wanted, usual if usual in offered or not offered else offered[0])


def _list_in(system: str) -> str:
    """The bullet points, as the text around them may name what is not on offer; else all of it."""
    return "\n".join(re.findall(r"^\s*[-*] .*$", system, re.MULTILINE)) or system


def _mentioned(text: str, spellings: dict[str, str]) -> list[str]:
    """The frameworks that the text names, in the order in which it does."""
    places = {name: _first(text, pattern) for name, pattern in spellings.items()}
    return sorted((name for name in places if places[name] >= 0), key=places.__getitem__)


def _first(text: str, pattern: str) -> int:
    found = re.search(rf"(?<!\w)(?:{pattern})(?!\w)", text, re.IGNORECASE)
    return found.start() if found else -1
