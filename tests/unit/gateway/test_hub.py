"""A viewer's queue."""

from millstream_gateway.adapters.hub import Hub, Live
from millstream_gateway.core.frames import Frame, native


def live(seq: int) -> Live:
    return Live(seq - 1, Frame(seq, b"", last=False))


async def test_a_full_queue_drops_its_oldest() -> None:
    """The gap that this makes is what sends the viewer to the log."""
    hub = Hub(native(lambda *_: ""), capacity=2)
    with hub.attach("m") as viewer:
        for seq in (1, 2, 3):
            viewer.offer(live(seq))
        assert [taken.frame.seq for taken in await viewer.take(1)] == [2, 3]
        assert await viewer.take(0.01) == []
    assert len(hub) == 0


async def test_closing_wakes_all_viewers_now_and_later() -> None:
    """Those that wait, and those that come while the process ends."""
    hub = Hub(native(lambda *_: ""), capacity=2)
    with hub.attach("m") as viewer:
        hub.close()
        assert await viewer.take(1) == []
        assert viewer.closing
    with hub.attach("n") as late:
        assert late.closing
