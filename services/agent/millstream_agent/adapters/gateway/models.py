"""The model gateway for one run after another, each with its ledger and its accounts."""

from millstream_agent.adapters.accounts import KvAccount
from millstream_agent.adapters.gateway.gateway import Gateway, RunModel
from millstream_agent.core.budgets import Account, LocalAccount
from millstream_agent.core.gateway.ledger import Ledger
from millstream_shared.contracts.generation import GenerationContext
from millstream_shared.runtime.bus import Bus


class GatewayModels:
    """See `ports.Models`."""

    def __init__(self, bus: Bus, gateway: Gateway, tokens_per_run: int | None) -> None:
        self._bus = bus
        self._gateway = gateway
        self._tokens_per_run = tokens_per_run

    def for_run(self, context: GenerationContext, ledger: Ledger) -> RunModel:
        """The model of a run; what the ledger has already counts against its budget."""
        accounts = (*self._own(ledger), *self._shared(context))
        return RunModel(self._gateway, ledger, accounts, context.user_id, context.cache)

    def _own(self, ledger: Ledger) -> list[Account]:
        if self._tokens_per_run is None:
            return []
        usage = ledger.usage
        spent = usage.input_tokens + usage.output_tokens
        return [LocalAccount("run", self._tokens_per_run, spent)]

    def _shared(self, context: GenerationContext) -> list[Account]:
        budget, accounts = context.budget, list[Account]()
        if budget.user_limit:
            owner = f"{context.user_id}:{budget.day}"
            accounts.append(
                KvAccount(self._bus, "user_day", owner, budget.user_limit, budget.user_spent)
            )
        if budget.project_limit:
            accounts.append(
                KvAccount(
                    self._bus,
                    "project",
                    context.project_id,
                    budget.project_limit,
                    budget.project_spent,
                )
            )
        return accounts
