"""Which framework an app is written in: explicit words win over the model's choice."""

import re
from collections.abc import Collection

from millstream_shared.contracts.enums import Framework

NAMES: tuple[tuple[Framework, str, str], ...] = (
    (Framework.NEXTJS, r"next\.?js|next js", r"(?!)"),
    (Framework.ANGULAR, r"angular ?material|angular ?\d+", r"angular"),
    (Framework.VUE, r"vue\.?js|vue ?\d+|vuetify|nuxt", r"vue"),
    (Framework.SVELTE, r"svelte ?kit|svelte ?\d+", r"svelte"),
    (Framework.REACT, r"react\.?js|react ?\d+", r"react(?! native)"),
)
"""Names that can mean nothing else, and words that have another meaning too (angular velocity, a
svelte figure, point de vue): those count only where a framework is meant."""

BEFORE = r"(?:\b(?:in|with|using|use|via|on|for|into|to|as an?|and|or|prefer)\s+(?:the\s+)?)"
AFTER = (
    r"(?:\s+(?:app|application|apps|project|component|components|site|website|web|page|spa|"
    r"framework|frontend|dashboard|form|version|and\s+typescript|with\s+typescript)\b)"
)
DECLINED = (
    r"(?:\bno|\bnot|\bwithout|\binstead of|\brather than|n't use|\bavoid)"
    r"\s+(?:use\s+|using\s+|in\s+)?"
)


def named_in(prompt: str) -> Framework | None:
    """The framework that the prompt asks for in so many words, or None.

    A framework that the prompt turns down ("not React") does not count. Of several, the first
    one mentioned wins, but Next.js wins over React, which it includes.
    """
    wanted = _wanted(prompt)
    places = {
        framework: found.start()
        for framework, sure, word in NAMES
        if (found := re.search(_mention(sure, word), wanted, re.IGNORECASE))
    }
    if Framework.NEXTJS in places:
        places.pop(Framework.REACT, None)
    return min(places, key=places.__getitem__, default=None)


def _mention(sure: str, word: str) -> str:
    edges = r"(?<![\w-])(?:{})(?![\w-])"
    alone = edges.format(word)
    return f"{edges.format(sure)}|{BEFORE}{alone}|{alone}{AFTER}"


def read_answer(answer: str, offered: Collection[Framework]) -> Framework | None:
    """The one offered framework in a selector's answer; None when it is unclear."""
    words = {Framework(word.upper()) for word in re.findall(r"[a-z]+", answer.lower()) if _is(word)}
    chosen = words & set(offered)
    return chosen.pop() if len(chosen) == 1 else None


def _is(word: str) -> bool:
    return word.upper() in Framework.__members__


def _wanted(prompt: str) -> str:
    every = "|".join(f"{sure}|{word}" for _, sure, word in NAMES)
    return re.sub(rf"{DECLINED}(?:{every})(?!\w)", " ", prompt, flags=re.IGNORECASE)
