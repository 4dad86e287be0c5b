"""The smallest provider there can be: the same answer to everybody, sent by the clock.

`python -m deploy.bench.overhead_provider PORT`. A model's name is the pause between two chunks, in
milliseconds: `paced-2.5`. No framework, as what it costs must be next to nothing beside whoever
reads it; two cores have to do for both.
"""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson
import uvloop

CHUNKS: Final = 20
TOKENS: Final = 60
"""An answer's; providers send a few tokens at a time."""
FIRST_CHUNK: Final = 0.02
"""Seconds from the question to the first chunk."""
PROMPT_TOKENS: Final = 400
PIECES: Final = tuple(f" and then {number}" for number in range(CHUNKS))
ANSWER: Final = "".join(PIECES)

HEAD: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n"
)
NO_MODELS: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 27\r\n\r\n"
    b'{"object":"list","data":[]}'
)
HEAD_END: Final = b"\r\n\r\n"


def seconds_of(pause: float) -> float:
    """How long an answer takes by the clock, with a `pause` in seconds between two chunks."""
    return FIRST_CHUNK + (CHUNKS - 1) * pause


def model_name(pause: float) -> str:
    return f"paced-{pause * 1000:g}"


def pause_of(model: str) -> float:
    """Seconds between two chunks."""
    return float(model.rpartition("-")[2]) / 1000


class Answering(asyncio.Protocol):
    """One connection; requests come one after the other."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport  # typed Any: asyncio hands out the base class
        self._received = bytearray()
        self._timer: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = bytes(self._received).partition(HEAD_END)
        if found and len(body) >= (length := _length(head)):
            del self._received[: len(head) + len(found) + length]
            self._answer(body[:length])

    def _answer(self, request: bytes) -> None:
        if not request:  # a proxy asks for a list of models when it starts
            self._transport.write(NO_MODELS)
            return
        loop = asyncio.get_running_loop()
        frames, pause = iter(FRAMES), pause_of(orjson.loads(request)["model"])
        self._transport.write(HEAD)
        self._play(loop, frames, loop.time() + FIRST_CHUNK, pause)

    def _play(
        self, loop: asyncio.AbstractEventLoop, frames: Iterator[bytes], due: float, pause: float
    ) -> None:
        """Each frame has its time from the beginning on: one that is late delays no other."""

        def send() -> None:
            self._transport.write(next(frames))
            if frames.__length_hint__():  # type: ignore[attr-defined]  # of a tuple's iterator
                self._play(loop, frames, due + pause, pause)

        self._timer = loop.call_at(due, send)


def _length(head: bytes) -> int:
    fields = (line.partition(b":") for line in head.split(b"\r\n"))
    return next((int(value) for name, _, value in fields if name.lower() == b"content-length"), 0)


def _frames() -> Iterator[bytes]:
    """The answer in pieces, the end of it in the last."""
    texts = [_chunk({"content": piece}) for piece in PIECES]
    texts[0] = _chunk({"role": "assistant", "content": ""}) + texts[0]
    usage = {
        "prompt_tokens": PROMPT_TOKENS,
        "completion_tokens": TOKENS,
        "total_tokens": PROMPT_TOKENS + TOKENS,
    }
    texts[-1] += _chunk({}, "stop") + _event([], usage=usage) + b"data: [DONE]\n\n"
    for number, text in enumerate(texts):
        end = b"0\r\n\r\n" if number == CHUNKS - 1 else b""
        yield b"%x\r\n%b\r\n%b" % (len(text), text, end)


def _chunk(delta: Mapping[str, Any], reason: str | None = None) -> bytes:
    return _event([{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}])


def _event(choices: list[Any], **more: Any) -> bytes:
    envelope = {
        "id": "chatcmpl-paced",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": "paced",
        "system_fingerprint": "fp_paced",
    }
    return b"data: " + orjson.dumps({**envelope, "choices": choices, **more}) + b"\n\n"


FRAMES: Final = tuple(_frames())


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
