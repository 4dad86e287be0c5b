"""When tokens are due and how they are sent."""

import asyncio
from itertools import islice

from millstream_simulator.catalogue import SPEEDS, Speed
from millstream_simulator.faults import Cut, Stall
from millstream_simulator.pacing import Patience, due_times, play, schedule
from millstream_simulator.wire import Beat, Frame

PATIENCE = Patience(stall_limit=0.05, keep_alive_interval=0.01)


def test_the_schedule_follows_the_speed() -> None:
    """First token at TTFT, then one every gap; the role goes out with the first token."""
    beats = [Frame(b"role", 0), Frame(b"a", 1), Frame(b"b", 1), Frame(b"whole", 10), Frame(b"", 0)]
    speed = Speed(first_token=1, per_second=4, jitter=0)
    times = [at for at, _ in schedule(beats, due_times(speed, "seed"))]
    assert times == [1, 1, 1.25, 3.75, 3.75]


def test_jitter_is_seeded_and_averages_out() -> None:
    """The same seed gives the same times, another one others."""
    one, same, other = (list(islice(due_times(SPEEDS["sim-typical"], s), 802)) for s in "aab")
    assert one == same != other
    assert abs(one[-1] - (0.6 + 10)) < 0.3
    assert one == sorted(one)


async def test_many_tokens_share_a_write() -> None:
    """At 2000 tokens a second the sender wakes up far less often than that."""
    sent: list[bytes] = []

    async def send(data: bytes) -> None:
        sent.append(data)

    beats = [Frame(b"%03d" % n, 1) for n in range(400)]
    clock = asyncio.get_running_loop().time
    start = clock()
    speed = Speed(first_token=0.01, per_second=2000)
    assert await play(schedule(beats, due_times(speed, "s")), send, PATIENCE)
    assert b"".join(sent) == b"".join(beat.data for beat in beats)
    assert len(sent) < 60
    assert 0.18 < clock() - start < 1.5


async def test_a_stall_ends_in_a_cut() -> None:
    """Nothing is held longer than patience lasts."""
    for beat, comments in ((Stall(), 0), (Stall(comments=True), 2), (Cut(), 0)):
        sent: list[bytes] = []

        async def send(data: bytes, sent: list[bytes] = sent) -> None:
            sent.append(data)

        beats: list[Beat] = [Frame(b"x", 1), beat, Frame(b"never", 1)]
        complete = await play(schedule(beats, due_times(SPEEDS["sim-instant"], "")), send, PATIENCE)
        assert not complete
        assert sent[0] == b"x"
        assert b"never" not in sent
        assert len(sent) > comments
