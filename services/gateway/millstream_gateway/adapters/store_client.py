"""The store, as the gateway sees it: questions by name, answers or Refused."""

from typing import TypeVar

from millstream_gateway.adapters.link import Link
from millstream_shared.contracts.model import Contract
from millstream_shared.contracts.store import Verb
from millstream_shared.runtime import rpc

Request = TypeVar("Request", bound=Contract)
Answer = TypeVar("Answer", bound=Contract)


class StoreClient:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def ask(
        self, verb: Verb[Request, Answer], request: Request, seconds: float = rpc.ASK_SECONDS
    ) -> Answer:
        """The answer; raises Refused, or Transient when the broker is away."""
        return await rpc.ask(self._link.client, verb, request, seconds)
