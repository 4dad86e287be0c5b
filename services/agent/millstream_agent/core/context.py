"""What the code agent is shown at first, within a number of tokens.

In this order it gets room, and what does not fit is named, so that the model can ask for it:

    file tree  >  the last messages, newest first  >  relevant files  >  older messages, a line each

The stable part stands first (system prompt, then the conversation), so that providers can reuse
what they computed for it; the request stands last.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from millstream_agent.core.conversation import ChatMessage, assistant, user
from millstream_agent.core.elision import elided
from millstream_agent.core.estimate import tokens_in, tokens_of
from millstream_agent.core.relevance import by_relevance
from millstream_agent.core.tree import FileTree
from millstream_shared.contracts.enums import MessageRole
from millstream_shared.contracts.frameworks import FrameworkCard
from millstream_shared.contracts.generation import GenerationContext, Turn

TURNS: Final = 12
"""Earlier messages that the store is asked for: some are shown, older ones summarised."""
TREE_SHARE, TURN_SHARE = 0.4, 0.3
"""Of the tokens: the most that the file tree, and one message, may take."""
LINE_TOKENS: Final = 30
TAGS: Final = re.compile(r"</?(?:request|file|files|earlier)\b")
"""A text with one of our tags in it is not shown: it could pass for something else."""
LONGEST_TOKEN: Final = 10
"""Characters that a token may have, at most and on average over a file."""
SIGNS: Final = re.compile(r'["<>]')
MORE: Final = ""
REQUEST: Final = "<request>"
SHOWN_FILE: Final = re.compile(r'<file path="[^"]*">\n.*?\n</file>\n*', re.DOTALL)


@dataclass
class Room:
    """Tokens that are left."""

    tokens: int

    def takes(self, text: str) -> bool:
        """Whether the text fits; then it is counted."""
        cost = tokens_of(text) + 1
        if cost > self.tokens:
            return False
        self.tokens -= cost
        return True


@dataclass(frozen=True)
class Opening:
    """A step's first messages, and the paths of the files whose whole text is in them."""

    messages: list[ChatMessage]
    shown: frozenset[str] = frozenset()


def opening(
    context: GenerationContext, card: FrameworkCard, tree: FileTree, messages: int, tokens: int
) -> Opening:
    """The conversation up to the request: the last `messages`, and all else in the last one."""
    room = Room(tokens)
    listing = _listing(tree, Room(int(tokens * TREE_SHARE)))
    room.takes(listing)
    recent, older = _split(context.history, messages)
    shown = _recent(recent, room, int(tokens * TURN_SHARE))
    # What is in a new project, the workshop has put there, and it is about to be replaced.
    files = _files(context, card, tree, room) if context.files else {}
    earlier = _earlier(older, room)
    parts = (earlier, listing, *files.values(), f"{REQUEST}{context.prompt}</request>")
    last = user("\n\n".join(part for part in parts if part))
    return Opening([*shown, last], frozenset(files) - {MORE})


def quoted(path: str, text: str) -> str:
    """A file as the model is shown it."""
    return f'<file path="{path}">\n{text}\n</file>'


def shrink(messages: Sequence[ChatMessage]) -> list[ChatMessage] | None:
    """The conversation made shorter, in steps: without the older half of the history, then without
    files shown, then without contents of old calls and results. None when there is no step left.
    """
    at = _request_at(messages)
    first = sum(message["role"] == "system" for message in messages[:at])
    if at > first:
        half = first + (at - first + 1) // 2
        return [*messages[:first], *messages[half:]]
    request = messages[at]["content"] or "" if messages else ""
    without = SHOWN_FILE.sub("", request)
    if without != request:
        return [*messages[:at], {**messages[at], "content": without}, *messages[at + 1 :]]
    for keep in (2, 0):
        shorter = elided(messages, keep=keep)
        if shorter is not None and tokens_in(shorter) < tokens_in(messages):
            return shorter
    return None


def _request_at(messages: Sequence[ChatMessage]) -> int:
    """Where the request stands; what is before it, is history."""
    asked = (
        at
        for at, message in enumerate(messages)
        if message["role"] == "user" and REQUEST in (message["content"] or "")
    )
    return max(asked, default=0)


def _split(history: Sequence[Turn], messages: int) -> tuple[Sequence[Turn], Sequence[Turn]]:
    cut = max(0, len(history) - messages)
    return history[cut:], history[:cut]


def _listing(tree: FileTree, room: Room) -> str:
    lines, paths = ["The project's files:"], sorted(tree.files)
    room.takes(lines[0])
    for number, path in enumerate(paths):
        if not room.takes(f"- {path}\n"):
            lines.append(f"- and {len(paths) - number} more: list them with terminal")
            break
        lines.append(f"- {path}")
    return "\n".join(lines)


def _recent(turns: Sequence[Turn], room: Room, most: int) -> list[ChatMessage]:
    """The newest first get room; each is cut where it has more than its share."""
    shown: list[ChatMessage] = []
    for turn in reversed(turns):
        text = clipped(turn.content, min(most, room.tokens - 1))
        if not text or not room.takes(text):
            break
        shown.append(user(text) if turn.role is MessageRole.USER else assistant(text))
    return shown[::-1]


def _files(
    context: GenerationContext, card: FrameworkCard, tree: FileTree, room: Room
) -> dict[str, str]:
    """Relevant files as they are shown, by path; under MORE, how many are not."""
    last = next((turn.content for turn in reversed(context.history)), "")
    request = f"{context.prompt}\n{last}"
    ranked = by_relevance(request, tree.files, card.entry, tree.managed)
    blocks = {}
    for path in ranked:
        block = quoted(path, tree.files[path])
        if len(block) > room.tokens * LONGEST_TOKEN:
            continue  # not worth counting
        plain = not TAGS.search(tree.files[path]) and not SIGNS.search(path)
        if plain and room.takes(block):
            blocks[path] = block
    if hidden := len(ranked) - len(blocks):
        blocks[MORE] = f"({hidden} more files may matter; readFiles shows them.)"
    return blocks


def _earlier(turns: Sequence[Turn], room: Room) -> str:
    """Older messages, a line each; the oldest are the first to go."""
    lines: list[str] = []
    for turn in reversed(turns):
        said = "asked" if turn.role is MessageRole.USER else "built"
        line = f"- {said}: {_gist(turn.content)}"
        if not room.takes(line):
            break
        lines.append(line)
    return "\n".join(["<earlier>", *lines[::-1], "</earlier>"]) if lines else ""


def _gist(text: str) -> str:
    """The first sentence, on one line, without anything that looks like a tag of ours."""
    line = " ".join(TAGS.sub("", text).split())
    sentence = re.match(r".*?[.!?](?=\s|$)", line)
    return clipped(sentence[0] if sentence else line, LINE_TOKENS)


def clipped(text: str, tokens: int) -> str:
    """The text, or its beginning up to a blank, within so many tokens."""
    if tokens_of(text) <= tokens:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if tokens_of(text[:middle]) < tokens else (low, middle - 1)
    return text[:low].rsplit(maxsplit=1)[0] + " …" if " " in text[:low].strip() else ""
