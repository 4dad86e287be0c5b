"""The run's one writer. Streamed text is collected and written in larger pieces.

The first text of a quiet run goes out at once; while more keeps coming, about twenty pieces a
second go out, whatever the model's speed: the log stays coarse, and one publish is in flight.
"""

import asyncio
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from millstream_agent.adapters.pending import Pending
from millstream_agent.core.said import Said
from millstream_shared.contracts.enums import RunKind
from millstream_shared.contracts.facts import ContentGrew, RunFact
from millstream_shared.contracts.journal import StepFinished
from millstream_shared.contracts.model import Contract
from millstream_shared.contracts.runs import Rewound, ViewerEvent
from millstream_shared.runtime.run_log import RunWriter

PIECE_SECONDS = 0.05
CONTENT_SECONDS = 0.5
"""How often the store learns the text so far; a poller must see it grow every second."""


class RunVoice:
    """See `ports.Voice`. `pump` must run beside the run, in the same task group."""

    def __init__(
        self,
        writer: RunWriter,
        message_id: str,
        attempt: int,
        clock: Callable[[], float],
        said: Sequence[Said] = (),
    ) -> None:
        """`said` is the text that earlier attempts have left for good."""
        self._writer = writer
        self._message_id = message_id
        self._attempt = attempt
        self._clock = clock
        self._pending = Pending()
        self._dirty = asyncio.Event()
        self._lock = asyncio.Lock()
        self._content = "".join(piece.text for piece in said)
        lengths = accumulate(len(piece.text) for piece in said)
        self._marks = [(piece.seq, length) for piece, length in zip(said, lengths, strict=True)]
        """How long the content was when an entry was written."""
        self._stored = 0
        self._facts = 0

    @property
    def seq(self) -> int:
        return self._writer.last_seq

    @property
    def content(self) -> str:
        """All text shown so far: what the message says while it streams."""
        return self._content

    def text(self, part: str, text: str) -> None:
        self._pending.text(part, text)
        self._dirty.set()

    def file_text(self, path: str, call_id: str, text: str) -> None:
        self._pending.file_text(path, call_id, text)
        self._dirty.set()

    async def say(self, event: ViewerEvent) -> None:
        async with self._lock:
            await self._flush()
            await self._append(RunKind.DELTA, event)

    async def record(self, fact: RunFact) -> None:
        async with self._lock:
            await self._flush()
            await self._append(RunKind.STATUS, fact)

    async def rewind(self, to_seq: int) -> None:
        async with self._lock:
            self._pending.clear()
            if self.seq == to_seq:
                return
            self._content = self._content[: self._length_at(to_seq)]
            self._stored = min(self._stored, len(self._content))
            await self._append(RunKind.DELTA, Rewound(to_seq=to_seq, attempt=self._attempt))

    async def take_over(self, to_seq: int) -> None:
        """Begins an attempt: what a dead one said after `to_seq` is no part of it.

        It is said even if the log holds nothing to take back: a viewer may have seen more than a
        log that was lost meanwhile.
        """
        async with self._lock:
            await self._append(RunKind.DELTA, Rewound(to_seq=to_seq, attempt=self._attempt))

    async def tell_store(self) -> None:
        """The store learns the text so far at once, and not only with the next piece."""
        async with self._lock:
            await self._store_content()

    async def finish_step(self, step: str, data: Any, mark: int | None, worked: float) -> bool:
        """Notes a finished step, by default with its own end as the mark.

        False when it is too large for the log.
        """
        async with self._lock:
            await self._flush()
            note = StepFinished(
                step=step,
                attempt=self._attempt,
                mark=self.seq if mark is None else mark,
                worked=round(worked, 3),
                data=data,
            ).encode()
            if len(note) > self._writer.most_bytes:
                return False
            await self._append(RunKind.JOURNAL, note)
            return True

    async def hand_over(self) -> None:
        """Notes that this attempt was not cut off but ended by choice; raises Fenced."""
        await self.finish_step(f"handed-over-{self._attempt}", None, mark=0, worked=0.0)

    async def pump(self) -> None:
        """Writes what was handed in, for as long as the run lasts."""
        next_content = self._clock()
        while True:
            await self._dirty.wait()
            async with self._lock:
                await self._flush()
                if self._clock() >= next_content:
                    await self._store_content()
                    next_content = self._clock() + CONTENT_SECONDS
            await asyncio.sleep(PIECE_SECONDS)
            if self._stored < len(self._content):
                self._dirty.set()

    async def _flush(self) -> None:
        self._dirty.clear()
        for piece in self._pending.take():
            if piece.text_of_message:
                self._content += piece.text_of_message
            await self._append(RunKind.DELTA, piece.entry)
            self._marks.append((self.seq, len(self._content)))

    async def _store_content(self) -> None:
        if self._stored == len(self._content):
            return
        self._facts += 1
        grown = ContentGrew(
            event_id=f"{self._message_id}:{self._attempt}:content:{self._facts}",
            message_id=self._message_id,
            attempt=self._attempt,
            offset=self._stored,
            text=self._content[self._stored :],
        )
        await self._append(RunKind.STATUS, grown)
        self._stored = len(self._content)

    async def _append(self, kind: RunKind, entry: Contract | bytes) -> None:
        await self._writer.append(kind, entry)

    def _length_at(self, seq: int) -> int:
        """How long the content was when entry `seq` was written."""
        return next((length for at, length in reversed(self._marks) if at <= seq), 0)
