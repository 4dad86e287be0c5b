"""Which files a request is about: by what it names, by the entry file, by shared words."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

NAMED, ENTRY, WORD_IN_PATH, WORD_IN_TEXT = 8, 3, 3, 1
MOST_WORDS: Final = 5
"""Words of the text that count; a long file is not more relevant for being long."""
_WORDS: Final = re.compile(r"[A-Z]?[a-z]{3,}|[A-Z]{4,}")
_COMMON: Final = frozenset(
    {"with", "that", "this", "from", "have", "make", "them", "when", "each", "more", "some"}
    | {"also", "into", "than", "then", "build", "page", "file", "please", "should", "would"}
    | {"could", "want", "need", "change", "create", "component"}
)


def by_relevance(
    request: str, files: Mapping[str, str], entry: str, managed: frozenset[str]
) -> Sequence[str]:
    """Paths that have to do with the request, the most relevant first; of equals the shorter."""
    wanted = words_of(request)
    scores = {
        path: _score(path, text, request, wanted) + (ENTRY if path == entry else 0)
        for path, text in files.items()
        if path not in managed
    }
    relevant = [path for path, score in scores.items() if score > 0]
    return sorted(relevant, key=lambda path: (-scores[path], len(files[path]), path))


def words_of(text: str) -> frozenset[str]:
    """Telling words in lower case; parts of camelCase names are words."""
    return frozenset(word.lower() for word in _WORDS.findall(text)) - _COMMON


def _score(path: str, text: str, request: str, wanted: frozenset[str]) -> int:
    stem = PurePosixPath(path).stem
    named = path in request or bool(re.search(rf"\b{re.escape(stem)}\b", request))
    in_path = len(words_of(path) & wanted)
    in_text = min(MOST_WORDS, len(words_of(text) & wanted))
    return NAMED * named + WORD_IN_PATH * in_path + WORD_IN_TEXT * in_text
