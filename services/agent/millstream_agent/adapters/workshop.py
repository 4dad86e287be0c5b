"""The validator service as the agent sees it: cards to read, requests to hand in."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError
from nats.js.kv import KeyValue

from millstream_agent.core.failures import RunEnded
from millstream_agent.core.ports import OnCheck
from millstream_shared.contracts import subjects
from millstream_shared.contracts.checks import (
    CheckFinished,
    CommandFinished,
    CommandRequested,
    ValidationFinished,
    ValidationRequested,
    WorkRequest,
)
from millstream_shared.contracts.enums import CheckKind, Framework
from millstream_shared.contracts.frameworks import FrameworkCard
from millstream_shared.contracts.model import Contract
from millstream_shared.runtime.blobs import BlobStore
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.desk import Desk
from millstream_shared.runtime.errors import Transient

Answer = TypeVar("Answer", bound=Contract)
Found = TypeVar("Found")

CARDS_SECONDS = 5.0
LOOK_AGAIN_SECONDS = 0.25


class RemoteWorkshop:
    """See `ports.Workshop`; made for one message."""

    def __init__(
        self,
        bus: Bus,
        blobs: BlobStore,
        cards: KeyValue,
        message_id: str,
        *,
        parallel: bool,
        seconds: float,
    ) -> None:
        self._bus = bus
        self._desk = Desk(bus)
        self._blobs = blobs
        self._cards = cards
        self._message_id = message_id
        self._parallel = parallel
        self._seconds = seconds

    async def offered(self) -> frozenset[Framework]:
        return frozenset(card.framework for card in await _after_a_while(self._cards_now))

    async def card(self, framework: Framework) -> FrameworkCard | None:
        return await _after_a_while(partial(self._card_now, framework))

    async def _cards_now(self) -> list[FrameworkCard]:
        found = await asyncio.gather(*(self._card_now(framework) for framework in Framework))
        return [card for card in found if card]

    async def _card_now(self, framework: Framework) -> FrameworkCard | None:
        try:
            entry = await self._cards.get(framework)
        except NotFoundError:
            return None
        except (NatsError, OSError) as error:
            raise Transient(f"the broker did not give a card: {error!r}") from error
        return FrameworkCard.decode(entry.value or b"")

    async def validate(
        self, step: str, framework: Framework, files: dict[str, str], on_check: OnCheck
    ) -> ValidationFinished:
        request = ValidationRequested(
            message_id=self._message_id,
            step=step,
            framework=framework,
            files=await self._blobs.put_texts(files),
            parallel=self._parallel,
        )
        subject = subjects.validation_requested(self._message_id)
        async with _Early(self._bus, self._message_id, step, on_check) as early:
            finished = await self._ask(subject, request, ValidationFinished)
            await early.complete(finished)
        return finished

    async def run(
        self, step: str, framework: Framework, files: dict[str, str], command: str
    ) -> tuple[CommandFinished, dict[str, str]]:
        request = CommandRequested(
            message_id=self._message_id,
            step=step,
            framework=framework,
            files=await self._blobs.put_texts(files),
            command=command,
        )
        subject = subjects.command_requested(self._message_id)
        finished = await self._ask(subject, request, CommandFinished)
        changed = await self._blobs.get_tree(finished.changed)
        return finished, {path: data.decode("utf-8", "replace") for path, data in changed.items()}

    async def _ask(self, subject: str, request: WorkRequest, kind: type[Answer]) -> Answer:
        """The answer. A workshop that is away for long ends the run, and the files are kept:
        starting over would only have everything written, and paid for, again.
        """
        try:
            return await self._desk.ask(subject, request, kind, seconds=self._seconds)
        except Transient as error:
            raise RunEnded(
                "check_unavailable",
                "The workshop that checks and runs the app did not answer. The files are kept; "
                "try again in a moment.",
            ) from error


class _Early:
    """Hears each check's answer when it comes, not only when all have come; tells each once."""

    def __init__(self, bus: Bus, message_id: str, step: str, on_check: OnCheck) -> None:
        self._bus = bus
        self._subjects = [
            subjects.answer(subjects.check_requested(kind, message_id), step) for kind in CheckKind
        ]
        self._on_check = on_check
        self._told: set[CheckKind] = set()
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> "_Early":
        self._subscriptions = [
            await self._bus.client.subscribe(subject, cb=self._hear) for subject in self._subjects
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        for subscription in self._subscriptions:
            await subscription.unsubscribe()

    async def complete(self, finished: ValidationFinished) -> None:
        for check in finished.checks:
            await self._tell(check)

    async def _hear(self, message: Msg) -> None:
        await self._tell(CheckFinished.decode(message.data))

    async def _tell(self, check: CheckFinished) -> None:
        async with self._lock:
            if check.kind not in self._told:
                self._told.add(check.kind)
                await self._on_check(check)


async def _after_a_while(look: Callable[[], Awaitable[Found]]) -> Found:
    """What `look` finds. A broker that lost its cards gets them back from the validators, so that
    there is nothing is believed only after a while.
    """
    found = await look()
    with suppress(TimeoutError):
        async with asyncio.timeout(CARDS_SECONDS):
            while not found:
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
                found = await look()
    return found
