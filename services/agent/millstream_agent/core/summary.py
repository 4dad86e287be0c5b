"""The `<task_summary>` that ends a code step: found in the text, and kept out of viewers' sight."""

import re

OPEN = "<task_summary>"
CLOSE = "</task_summary>"
_BLOCK = re.compile(rf"{OPEN}(.*?)(?:{CLOSE}|\Z)", re.DOTALL)


def find_summary(text: str) -> str | None:
    """The summary's text, or None when there is none yet."""
    found = _BLOCK.search(text)
    return found.group(1).strip() if found else None


class VisibleText:
    """Lets streamed text through, without the summary and without half a tag."""

    def __init__(self) -> None:
        self._held = ""
        self._inside = False

    def feed(self, text: str) -> str:
        """What a viewer may see of `text` and of what was held back before."""
        self._held += text
        shown = ""
        while True:
            tag = CLOSE if self._inside else OPEN
            before, found, after = self._held.partition(tag)
            if not found:
                break
            shown += "" if self._inside else before
            self._inside, self._held = not self._inside, after
        keep = _overlap(self._held, tag)
        ready, self._held = self._held[: len(self._held) - keep], self._held[-keep:] if keep else ""
        return shown if self._inside else shown + ready

    def end(self) -> str:
        """What was held back at the end, if it turned out to be no tag."""
        rest, self._held = ("" if self._inside else self._held), ""
        return rest


def _overlap(text: str, tag: str) -> int:
    """How many characters at the end of `text` could begin `tag`."""
    longest = min(len(text), len(tag) - 1)
    return next((n for n in range(longest, 0, -1) if tag.startswith(text[-n:])), 0)
