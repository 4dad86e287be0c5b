"""Filling the user's words into the fallback scenario: any prompt gets an app of its own."""

import re
from dataclasses import dataclass

# Words of a prompt that say nothing about the app itself.
FILLER = re.compile(
    "an?|and|app|application|build|can|could|create|design|develop|for|generate|i|in|it|make|me|my"
    "|of|on|one|page|please|simple|small|that|the|to|want|web|website|with|would|write|you",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
PLACEHOLDER = re.compile(r"\{\{(title|prompt)\}\}")
TITLE_WORDS, TITLE_LENGTH, PROMPT_LENGTH = 3, 40, 200
PLAIN = re.compile(r"[\w ,.;:!?()*+=/@#%-]", re.ASCII)


@dataclass(frozen=True)
class Filling:
    """What to put for `{{title}}` and `{{prompt}}`."""

    title: str
    prompt: str

    def fill(self, text: str) -> str:
        """Replace both placeholders in one go, so that a prompt cannot bring its own."""
        return PLACEHOLDER.sub(lambda found: str(getattr(self, found[1])), text)


def for_prose(prompt: str) -> Filling:
    """For text that people read; markup in the prompt is taken out."""
    return Filling(title_of(prompt), re.sub(r"[<>]", "", shorten(prompt)))


def for_code(prompt: str) -> Filling:
    """For source files: safe in any JavaScript string, template or JSX string expression."""
    return Filling(title_of(prompt), escape(shorten(prompt)))


def title_of(prompt: str) -> str:
    """A few telling words in Title Case; letters, digits, blanks and hyphens only."""
    words = [word.replace("'", "") for word in WORD.findall(prompt)]
    telling = [word for word in words if not FILLER.fullmatch(word)] or words
    title = " ".join(word[:1].upper() + word[1:] for word in telling[:TITLE_WORDS])
    return title[:TITLE_LENGTH].strip() or "My App"


def shorten(prompt: str) -> str:
    """One line of bounded length."""
    line = " ".join(prompt.split())
    return line if len(line) <= PROMPT_LENGTH else line[: PROMPT_LENGTH - 3].rstrip() + "..."


def escape(text: str) -> str:
    r"""Write every unusual character as \uXXXX escapes of UTF-16 code units."""
    return "".join(c if PLAIN.match(c) or c.isalpha() else _escape_character(c) for c in text)


def _escape_character(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(rf"\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
