"""What racing slow providers may cost: a share of what is spent anyway."""

from dataclasses import dataclass
from typing import Final

FIRST_CREDIT: Final = 20_000
"""Tokens that a process may spend on hedges before it has spent anything else."""
MOST_CREDIT: Final = 200_000


@dataclass
class HedgePurse:
    """Tokens for hedges: `share` of all tokens spent is set aside for them."""

    share: float
    credit: float = FIRST_CREDIT

    def earn(self, tokens: int) -> None:
        self.credit = min(MOST_CREDIT, self.credit + self.share * tokens)

    def may_spend(self, tokens: int) -> bool:
        return self.credit >= tokens

    def spend(self, tokens: int) -> None:
        """A hedge costs what it used; the credit may fall below nothing, and then nobody hedges."""
        self.credit -= tokens
