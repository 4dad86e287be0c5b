"""How many tokens a user may spend on one UTC day, and a project in all."""

from datetime import datetime, timedelta
from typing import Final

from millstream_shared.contracts.enums import Plan
from millstream_shared.contracts.generation import TokenBudget
from millstream_shared.contracts.views import TokenBudgetView
from millstream_store.settings import StoreSettings

DAY: Final = timedelta(days=1)


class TokenLimits:
    """The settings' limits, in which 0 is none."""

    def __init__(self, settings: StoreSettings) -> None:
        self._per_day = {
            Plan.FREE: settings.free_tokens_per_day or None,
            Plan.PRO: settings.pro_tokens_per_day or None,
        }
        self._per_project = settings.tokens_per_project or None

    def budget(self, plan: Plan, day: datetime, by_user: int, by_project: int) -> TokenBudget:
        """For an agent. `day`: its midnight, UTC."""
        return TokenBudget(
            day=day.date().isoformat(),
            user_limit=self._per_day[plan],
            user_spent=by_user,
            project_limit=self._per_project,
            project_spent=by_project,
        )

    def view(self, plan: Plan, day: datetime, used: int) -> TokenBudgetView:
        """For the user."""
        limit = self._per_day[plan]
        return TokenBudgetView(
            limit=limit,
            used=used,
            remaining=None if limit is None else max(0, limit - used),
            resets_at=day + DAY,
        )
