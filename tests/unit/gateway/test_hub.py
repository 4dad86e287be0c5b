"""A viewer's queue."""

from millstream_gateway.adapters.hub import Hub
from millstream_gateway.adapters.recent import Recent
from millstream_gateway.core.frames import Frame, Live, native


def live(seq: int) -> Live:
    return Live(seq - 1, Frame(seq, b"text.delta", b"12345"))


async def test_a_full_queue_drops_its_oldest() -> None:
    """The gap that this makes is what sends the viewer to the log."""
    hub = Hub(native(lambda *_: ""), Recent(1), capacity=10)
    with hub.attach("m") as viewer:
        for seq in (1, 2, 3):
            viewer.offer(live(seq))
        assert viewer.held == 10
        assert [taken.frame.seq for taken in await viewer.take(1) or ()] == [2, 3]
        assert await viewer.take(0.01) is None
        assert viewer.held == 0
    assert len(hub) == 0


async def test_the_newest_frame_is_kept_however_large() -> None:
    """It tells the viewer that there is more in the log."""
    hub = Hub(native(lambda *_: ""), Recent(1), capacity=1)
    with hub.attach("m") as viewer:
        viewer.offer(live(1))
        viewer.offer(live(2))
        assert [taken.frame.seq for taken in await viewer.take(1) or ()] == [2]


async def test_waking_is_no_silence() -> None:
    """Who is woken looks into the log; only a silence asks for a sign of life."""
    hub = Hub(native(lambda *_: ""), Recent(1), capacity=10)
    with hub.attach("m") as viewer:
        hub.refresh()
        assert await viewer.take(1) == []
        assert await viewer.take(0.01) is None


async def test_closing_wakes_all_viewers_now_and_later() -> None:
    """Those that wait, and those that come while the process ends."""
    hub = Hub(native(lambda *_: ""), Recent(1), capacity=10)
    with hub.attach("m") as viewer:
        hub.close()
        assert await viewer.take(1) == []
        assert viewer.closing
    with hub.attach("n") as late:
        assert late.closing
