"""Answers that were given before, on a real broker."""

import time
from dataclasses import asdict, replace
from itertools import pairwise
from uuid import uuid4

import pytest

from millstream_agent.adapters.known_replies import MOST_BYTES, PIECE, KnownReplies, replayed
from millstream_agent.core.conversation import ToolCall
from millstream_agent.core.ports import ModelReply
from millstream_shared.contracts import subjects
from millstream_shared.runtime.bus import Bus
from tests.fakes.agent import says
from tests.support.broker import Broker

WORDS = says("A title. " * 100)
WORK = says(
    "Let me see.",
    ToolCall("1", "createOrUpdateFiles", '{"files":"' + "x" * 1_000 + '"}'),
    ToolCall("2", "terminal", ""),
)


@pytest.mark.parametrize("reply", [WORDS, WORK], ids=["text", "tool calls"])
async def test_a_complete_answer_is_found_again(bus: Bus, reply: ModelReply) -> None:
    """By any agent, whole, under its own key only."""
    key = uuid4().hex
    await KnownReplies(bus, 60).keep(key, reply)
    assert await KnownReplies(bus, 60).find(key) == reply
    assert await KnownReplies(bus, 60).find(uuid4().hex) is None


@pytest.mark.parametrize(
    "reply",
    [
        replace(WORDS, finish_reason=None),
        replace(WORDS, finish_reason="length"),
        replace(WORDS, finish_reason="content_filter"),
        replace(WORDS, text="x" * MOST_BYTES),
        replace(WORDS, text="half a pair: \ud83d"),
    ],
    ids=["cut", "too long", "refused", "large", "no text"],
)
async def test_what_is_not_whole_or_too_large_is_not_kept(bus: Bus, reply: ModelReply) -> None:
    """Half an answer would be half an answer for everybody."""
    key = uuid4().hex
    await KnownReplies(bus, 60).keep(key, reply)
    assert not await bus.last(subjects.REPLIES, subjects.known_reply(key))


async def test_an_old_answer_is_not_used(bus: Bus) -> None:
    """Its age is that of the entry; keeping it again makes it young."""
    key, now = uuid4().hex, time.time()
    await KnownReplies(bus, 60).keep(key, WORDS)
    assert await KnownReplies(bus, 60, lambda: now + 30).find(key)
    assert not await KnownReplies(bus, 60, lambda: now + 90).find(key)


@pytest.mark.parametrize("entry", [b"", b"\xff", b"{}", b"[]", b'{"text":1}', b'{"text":"a"}'])
async def test_garbage_is_no_answer(bus: Bus, entry: bytes) -> None:
    """Whatever else was written there."""
    key = uuid4().hex
    await bus.publish(subjects.REPLIES, subjects.known_reply(key), entry, message_id=key)
    assert await KnownReplies(bus, 60).find(key) is None


async def test_an_entry_may_have_more_or_fewer_fields(bus: Bus) -> None:
    """Agents of two versions may share the entries for a day."""
    key = uuid4().hex
    entry = b'{"text":"Yes","finish_reason":"stop","mood":"good"}'
    await bus.publish(subjects.REPLIES, subjects.known_reply(key), entry, message_id=key)
    assert await KnownReplies(bus, 60).find(key) == ModelReply(text="Yes", finish_reason="stop")


async def test_without_a_broker_nothing_is_known(fresh_broker: Broker, bus: Bus) -> None:
    """And nobody's run ends for it."""
    known = KnownReplies(bus, 60)
    await known.keep("k", WORDS)
    fresh_broker.kill()
    assert await known.find("k") is None
    await known.keep("k", WORDS)


@pytest.mark.parametrize("reply", [WORDS, WORK], ids=["text", "tool calls"])
async def test_a_known_answer_grows_as_a_new_one_does(reply: ModelReply) -> None:
    """Viewers see a stream; it is complete at its end and no sooner."""
    kept, objects, sizes = asdict(reply), set(), [0]
    async for growing in replayed(reply):
        whole = growing == reply
        assert (growing.finish_reason is not None) == whole
        objects.add(id(growing))
        sizes.append(len(growing.text) + sum(len(call.arguments) for call in growing.calls))
    assert whole
    assert len(objects) == 1
    assert all(0 <= later - size <= PIECE for size, later in pairwise(sizes))
    assert len(sizes) > 4
    assert asdict(reply) == kept
