"""Model calls through the gateway, against a provider that fails and two that do not."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from openai import AsyncOpenAI

from millstream_agent.adapters.gateway.attempt import Deadlines
from millstream_agent.adapters.gateway.endpoint import Endpoint
from millstream_agent.adapters.gateway.gateway import Gateway, RunModel
from millstream_agent.core.conversation import ToolCall, assistant, system, tool_result, user
from millstream_agent.core.failures import ModelFailed, RunEnded
from millstream_agent.core.gateway.board import Board
from millstream_agent.core.gateway.hedging import HedgePurse
from millstream_agent.core.gateway.ledger import Ledger
from millstream_agent.core.gateway.offers import Catalogue, Offer, Provider
from millstream_agent.core.gateway.refusing import unavailable
from millstream_agent.core.gateway.replies import NoReplies
from millstream_agent.core.knobs import OPTIMIZED
from millstream_agent.core.ports import ModelCall, ModelReply
from millstream_agent.core.tools import declarations
from millstream_shared.contracts.enums import AttemptOutcome, Role
from millstream_shared.contracts.facts import ModelAttempted

HEALTHY: Final = "sim-fast"
PATIENCE: Final = 1.0
"""Seconds: for the first content, and between two additions."""
LONGEST: Final = 30.0
MOST_OUTPUT: Final = 16_000

BOARD_TEXT: Final = "export const columns = ['Backlog', 'In progress', 'Review', 'Done'];\n"


@dataclass
class Heard:
    """What one call came to. `speakers` are the attempts that were heard, in turn."""

    lines: Sequence[ModelAttempted] = ()
    speakers: list[int] = field(default_factory=list)
    seconds: float = 0.0
    reply: ModelReply | None = None
    refusal: RunEnded | None = None

    @property
    def said(self) -> tuple[str, list[tuple[str, str]]] | None:
        """The whole reply without what differs from one provider to another."""
        if self.reply is None:
            return None
        return self.reply.text, [(call.name, call.arguments) for call in self.reply.calls]

    @property
    def hedges(self) -> int:
        """Attempts that raced another one which was slow to begin."""
        return sum(line.hedge for line in self.lines)

    @property
    def wasted(self) -> int:
        """Tokens of attempts that came to nothing."""
        failed = (line for line in self.lines if line.outcome is not AttemptOutcome.COMPLETE)
        return sum(line.input_tokens + line.output_tokens for line in failed)

    @property
    def charged(self) -> int:
        return sum(line.input_tokens + line.output_tokens for line in self.lines)


def faulty_first(url: str, model: str, faulty_url: str | None = None) -> Gateway:
    """Asks `model` first, at `faulty_url` or `url`, then two healthy ones. All start unknown."""
    providers = {
        "faulty": Provider("faulty", faulty_url or url, "none"),
        "healthy": Provider("healthy", url, "none"),
        "spare": Provider("spare", url, "none"),
    }
    offers = (Offer("faulty", model), Offer("healthy", HEALTHY), Offer("spare", HEALTHY))
    route = tuple((offer,) for offer in offers)
    return Gateway(
        Catalogue(providers, dict.fromkeys(Role, route)),
        {
            name: Endpoint(_sdk(provider), OPTIMIZED.sampling, MOST_OUTPUT)
            for name, provider in providers.items()
        },
        Board(time.time),
        Deadlines(PATIENCE, PATIENCE, LONGEST),
        HedgePurse(share=0.05),
        OPTIMIZED.hedging,
        NoReplies(),
        OPTIMIZED.cached_roles,
        draw=random.Random(7),  # noqa: S311 - spreads load, guards nothing
    )


def question(*, long: bool = False) -> ModelCall:
    """A code agent's second turn, which is answered with text and two calls of tools.

    A `long` one has a history that is too long for a small model, and can be left out.
    """
    history = [
        message
        for number in range(8 if long else 0)
        for message in (user(f"Change {number}: " + "more words " * 150), assistant("Done."))
    ]
    written = ToolCall("call_1", "createOrUpdateFiles", '{"files": []}')
    messages = [
        system("You are the code agent."),
        *history,
        user("<request>Build a kanban board with drag and drop</request>"),
        assistant("I'll build this in two steps.", [written]),
        tool_result("call_1", f"Wrote src/board.ts:\n{BOARD_TEXT}"),
    ]
    return ModelCall(Role.CODE, messages, declarations(), name="code")


async def ask(gateway: Gateway, call: ModelCall) -> Heard:
    """One call as the agent makes it; what a run would end with is in `refusal`."""
    ledger, heard, begin = Ledger("message", 1), Heard(), time.monotonic()
    try:
        async with RunModel(gateway, ledger).open(call) as replies:
            async for reply in replies:
                if heard.speakers[-1:] != [reply.number]:
                    heard.speakers.append(reply.number)
        heard.reply = reply
    except RunEnded as ended:
        heard.refusal = ended
    except ModelFailed as failure:
        heard.refusal = unavailable(failure)
    heard.seconds, heard.lines = time.monotonic() - begin, ledger.lines
    return heard


def _sdk(provider: Provider) -> AsyncOpenAI:
    return AsyncOpenAI(
        base_url=provider.base_url, api_key=provider.api_key, max_retries=0, timeout=LONGEST
    )
