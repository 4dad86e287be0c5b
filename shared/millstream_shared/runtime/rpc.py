"""Questions to the store: NATS request/reply with typed requests, answers and refusals."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import orjson
from faststream.nats import NatsBroker, NatsMessage
from nats.aio.client import Client
from nats.errors import Error as NatsError
from pydantic import ValidationError

from millstream_shared.contracts.model import Contract
from millstream_shared.contracts.store import Refusal, Refused, Verb

Request = TypeVar("Request", bound=Contract)
Answer = TypeVar("Answer", bound=Contract)

ASK_SECONDS = 5.0
AT_ONCE = 32


async def ask(
    client: Client, verb: Verb[Request, Answer], request: Request, seconds: float = ASK_SECONDS
) -> Answer:
    """The store's answer; raises Refused, with code `unavailable` when no store answered."""
    try:
        reply = await client.request(verb.subject, request.encode(), timeout=seconds)
    except (NatsError, OSError) as error:
        refusal = Refusal(code="unavailable", detail="the store did not answer", retry_after=2)
        raise Refused(refusal) from error
    return _open_envelope(reply.data, verb.answer)


def serve(
    broker: NatsBroker,
    verb: Verb[Request, Answer],
    handler: Callable[[Request], Awaitable[Answer]],
) -> None:
    """Answers `verb` with `handler`; replicas share the questions through a queue group."""

    @broker.subscriber(verb.subject, queue="store", max_workers=AT_ONCE, title=f"on_{verb.name}")
    async def on_question(message: NatsMessage) -> bytes:
        try:
            answer = await handler(verb.request.decode(message.body))
        except Refused as refused:
            return _envelope("refusal", refused.refusal)
        except ValidationError as error:
            return _envelope("refusal", Refusal(code="invalid", detail=str(error)))
        return _fitting(_envelope("answer", answer), broker.connection.max_payload)


def _fitting(reply: bytes, most_bytes: int) -> bytes:
    """The reply, or, if the broker would not carry it, a refusal in its place."""
    if len(reply) <= most_bytes:
        return reply
    detail = f"the answer has {len(reply)} bytes; the broker's max_payload is {most_bytes}"
    return _envelope("refusal", Refusal(code="invalid", detail=detail))


def _envelope(field: str, content: Contract) -> bytes:
    return b'{"%s":%s}' % (field.encode(), content.encode())


def _open_envelope(data: bytes, kind: type[Answer]) -> Answer:
    envelope = orjson.loads(data)
    if refusal := envelope.get("refusal"):
        raise Refused(Refusal.model_validate(refusal))
    return kind.model_validate(envelope["answer"])
