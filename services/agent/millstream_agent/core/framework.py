"""Which framework an app is written in: explicit words win over the model's choice."""

import re
from collections.abc import Collection

from millstream_shared.contracts.enums import Framework

NAMES: tuple[tuple[Framework, str], ...] = (
    (Framework.NEXTJS, r"next\.?js|next js"),
    (Framework.ANGULAR, r"angular(?!js)"),
    (Framework.VUE, r"vue(?:\.?js)?|vuetify|nuxt"),
    (Framework.SVELTE, r"svelte(?:kit)?"),
    (Framework.REACT, r"react(?:\.?js)?(?! native)"),
)
"""Words that name a framework. Next.js comes first: it is often called a React framework."""

DECLINED = (
    r"(?:\bno|\bnot|\bwithout|\binstead of|\brather than|n't use|\bavoid)\s+(?:use\s+|using\s+)?"
)


def named_in(prompt: str) -> Framework | None:
    """The framework that the prompt asks for in so many words, or None.

    A framework that the prompt turns down ("not React") does not count. Of several, the first
    one mentioned wins, but Next.js wins over React, which it includes.
    """
    places = {
        framework: found.start()
        for framework, names in NAMES
        if (found := re.search(rf"(?<![\w-])(?:{names})(?!\w)", _wanted(prompt), re.IGNORECASE))
    }
    if Framework.NEXTJS in places:
        places.pop(Framework.REACT, None)
    return min(places, key=places.__getitem__, default=None)


def read_answer(answer: str, offered: Collection[Framework]) -> Framework | None:
    """The one offered framework in a selector's answer; None when it is unclear."""
    words = {Framework(word.upper()) for word in re.findall(r"[a-z]+", answer.lower()) if _is(word)}
    chosen = words & set(offered)
    return chosen.pop() if len(chosen) == 1 else None


def _is(word: str) -> bool:
    return word.upper() in Framework.__members__


def _wanted(prompt: str) -> str:
    every = "|".join(names for _, names in NAMES)
    return re.sub(rf"{DECLINED}(?:{every})(?!\w)", " ", prompt, flags=re.IGNORECASE)
