"""Answers that were given before: their key, and giving them again as a stream."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from millstream_agent.adapters.known_replies import replayed
from millstream_agent.core.gateway.ledger import Ledger, Tokens
from millstream_agent.core.gateway.offers import Offer
from millstream_agent.core.ports import ModelCall, ModelReply
from millstream_agent.core.reply_key import reply_key
from millstream_shared.contracts.enums import AttemptOutcome

if TYPE_CHECKING:  # the gateway makes these
    from millstream_agent.adapters.gateway.gateway import Gateway, RunModel

APART: Final = {"model", "messages", "tools"}
"""What the key takes by itself; the model by the names of all that may answer."""


def key_of(gateway: "Gateway", run: "RunModel", call: ModelCall) -> str | None:
    """The question's key; None when its answer may not be one given before."""
    if not run.tenant or not run.cache or call.role not in gateway.cached_roles:
        return None
    offers = [offer for tier in gateway.catalogue.routes[call.role] for offer in tier]
    sent = gateway.endpoints[offers[0].provider].parameters(call, offers[0])
    return reply_key(
        tenant=run.tenant,
        role=call.role,
        route=[offer.name for offer in offers],
        parameters={name: value for name, value in sent.items() if name not in APART},
        messages=call.messages,
        tools=call.tools,
    )


async def repeated(
    known: ModelReply, ledger: Ledger, call: ModelCall
) -> AsyncGenerator[ModelReply]:
    """The answer, streamed again. It costs nothing, and the ledger says where it came from."""
    ledger.note(
        call,
        Offer(known.provider, known.model),
        1,
        AttemptOutcome.CACHED,
        Tokens(estimated=False),
        asked_at=datetime.now(UTC),
        seconds=0.0,
        finish_reason=known.finish_reason,
    )
    free = replace(
        known,
        number=1,
        input_tokens=0,
        cached_input_tokens=0,
        output_tokens=0,
        estimated=False,
        cost=0.0,
        attempts=0,
        cached=True,
        first_content=None,
        seconds=None,
    )
    async for reply in replayed(free):
        yield reply
