"""What an invariant says: which harm was done, and how one sees it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from tests.chaos.harness.evidence import Evidence


class Harm(StrEnum):
    LOST = "lost"
    DOUBLED = "doubled"
    STUCK = "stuck"
    DIFFERENT = "different"
    """Two places that must agree do not."""


@dataclass(frozen=True)
class Violation:
    invariant: str
    harm: Harm
    detail: str
    message_id: str = ""

    def __str__(self) -> str:
        return f"{self.harm}: {self.invariant} ({self.message_id}): {self.detail}"


Findings = Iterator[tuple[Harm, str]]
Invariant = Callable[[Evidence], Findings]
"""A pure function from the evidence to what is wrong with it."""
