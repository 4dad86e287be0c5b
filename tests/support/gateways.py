"""A model gateway for tests: real endpoints, no broker."""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openai import AsyncOpenAI

from millstream_agent.adapters.gateway.attempt import Deadlines
from millstream_agent.adapters.gateway.endpoint import Endpoint
from millstream_agent.adapters.gateway.gateway import Gateway, RunModel
from millstream_agent.core.conversation import system, user
from millstream_agent.core.gateway.board import Board
from millstream_agent.core.gateway.hedging import HedgePurse
from millstream_agent.core.gateway.ledger import Ledger
from millstream_agent.core.gateway.offers import Catalogue, Offer, Provider, Route
from millstream_agent.core.gateway.replies import NoReplies, Replies
from millstream_agent.core.knobs import OPTIMIZED
from millstream_agent.core.ports import ModelCall, ModelReply
from millstream_agent.core.tools import declarations
from millstream_shared.contracts.enums import Role
from millstream_shared.contracts.facts import ModelAttempted

PATIENCE = 1.0
"""Seconds: for the first content, and between additions."""
DEADLINES = Deadlines(PATIENCE, PATIENCE, 20)


@dataclass(frozen=True)
class Server:
    """Where an endpoint is, and its key."""

    url: str
    key: str

    def provider(self, name: str) -> Provider:
        return Provider(name, self.url, self.key)


def gateway_for(
    route: Route,
    servers: Mapping[str, Server],
    *,
    board: Board | None = None,
    deadlines: Deadlines = DEADLINES,
    hedging: bool = False,
    replies: Replies | None = None,
    most_output: int = 16_000,
) -> Gateway:
    """Every role asks along `route`; `servers` by the names of its providers."""
    providers = {name: server.provider(name) for name, server in servers.items()}
    endpoints = {
        name: Endpoint(
            AsyncOpenAI(
                base_url=provider.base_url, api_key=provider.api_key, max_retries=0, timeout=20
            ),
            OPTIMIZED.sampling,
            most_output,
        )
        for name, provider in providers.items()
    }
    return Gateway(
        Catalogue(providers, dict.fromkeys(Role, route)),
        endpoints,
        board or Board(time.time),
        deadlines,
        HedgePurse(share=0.05),
        hedging,
        replies or NoReplies(),
        OPTIMIZED.cached_roles,
        draw=random.Random(7),  # noqa: S311 - spreads load, guards nothing
    )


def in_order(*names: str) -> Route:
    """A route that asks one after the other; names are provider/model."""
    return tuple((offer(name),) for name in names)


def equals(*names: str) -> Route:
    """A route of one tier."""
    return (tuple(offer(name) for name in names),)


def offer(name: str) -> Offer:
    provider, _, model = name.partition("/")
    return Offer(provider, model)


@dataclass(frozen=True)
class Heard:
    """What came of a call: the whole reply, the attempts that spoke, and the ledger's lines."""

    reply: ModelReply
    speakers: Sequence[int]
    lines: Sequence[ModelAttempted]


def question(role: Role = Role.CODE, prompt: str = "A counter") -> ModelCall:
    name = {Role.CODE: "code agent", Role.TITLE: "title writer"}[role]
    messages = [system(f"You are the {name}."), user(f"<request>{prompt}</request>")]
    return ModelCall(role, messages, declarations() if role is Role.CODE else (), name=role)


async def ask(gateway: Gateway, call: ModelCall, ledger: Ledger | None = None) -> Heard:
    """The whole answer; raises what the gateway raises."""
    ledger = ledger or Ledger("m", 1)
    speakers = list[int]()
    async with RunModel(gateway, ledger).open(call) as replies:
        async for reply in replies:
            if not speakers or speakers[-1] != reply.number:
                speakers.append(reply.number)
    return Heard(reply, speakers, ledger.lines)
