"""The native stream: live, replayed and resumed, always the same bytes."""

import asyncio

import httpx
import pytest
from nats.aio.client import Client

from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import Lane, MessageStatus, MessageType
from millstream_shared.contracts.keys import ApiKey
from millstream_shared.contracts.views import MessageView, Waiting
from millstream_shared.runtime import streams
from tests.fakes.store import FakeStore
from tests.integration.gateway.conftest import RunLog, Running, StartGateway
from tests.integration.gateway.sse import EVENTS, auth, frames, ids, payload, read_all, until


def path_of(message: MessageView) -> str:
    return f"/api/messages/{message.id}/stream"


async def wait_for_viewers(running: Running, count: int) -> None:
    async with asyncio.timeout(5):
        while len(running.gateway.hub) != count:  # noqa: ASYNC110  the hub tells nobody
            await asyncio.sleep(0.01)


async def live(running: Running, message: MessageView, run_log: RunLog, key: ApiKey) -> bytes:
    """The whole run, watched while it is written."""
    reading = asyncio.create_task(read_all(running.http, path_of(message), headers=auth(key)))
    await wait_for_viewers(running, 1)
    for event in EVENTS:
        await run_log.write(event)
        await run_log.note()
    return await reading


async def test_headers_are_those_of_a_stream(
    http: httpx.AsyncClient, message: MessageView, run_log: RunLog
) -> None:
    """No cache and no proxy may hold events back."""
    await run_log.write(*EVENTS)
    response = await http.get(path_of(message))
    assert response.headers["content-type"] == "text/event-stream"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["x-accel-buffering"] == "no"


async def test_live_events_come_as_they_were_stored(
    running: Running, message: MessageView, run_log: RunLog, alice: ApiKey
) -> None:
    """A payload is the log entry itself; only the preview gains its signed link, at its end."""
    got = frames(await live(running, message, run_log, alice))
    for frame, event in zip(got, EVENTS, strict=True):
        kind = event.split(b'"')[3]
        assert frame.split(b"\n")[1] == b"event: " + kind
        if kind == b"preview":
            assert payload(frame).startswith(event[:-1] + b',"url":"http://previews.test/p/')
        else:
            assert payload(frame) == event


async def test_every_cursor_resumes_byte_equal_on_every_replica(
    running: Running,
    start_gateway: StartGateway,
    message: MessageView,
    run_log: RunLog,
    alice: ApiKey,
) -> None:
    """The tail after any event is the same bytes, by header or by query, here or elsewhere."""
    whole = await live(running, message, run_log, alice)
    parts, seqs = frames(whole), ids(whole)
    assert seqs == sorted(set(seqs))
    async with start_gateway() as replica:
        for gateway in (running, replica):
            assert await read_all(gateway.http, path_of(message), headers=auth(alice)) == whole
            for index, seq in enumerate(seqs[:-1]):
                tail = b"".join(parts[index + 1 :])
                by_header = {**auth(alice), "last-event-id": str(seq)}
                by_query = f"{path_of(message)}?after={seq}"
                http = gateway.http
                assert await read_all(http, path_of(message), headers=by_header) == tail
                assert await read_all(http, by_query, headers=auth(alice)) == tail


async def test_the_header_wins_over_the_query(
    http: httpx.AsyncClient, message: MessageView, run_log: RunLog
) -> None:
    """EventSource reconnects to the URL it began with, and tells its place in the header."""
    seqs = await run_log.write(*EVENTS)
    stream = await read_all(
        http, f"{path_of(message)}?after=0", headers={"last-event-id": str(seqs[4])}
    )
    assert ids(stream) == seqs[5:]


async def test_replay_and_live_meet_without_a_seam(
    http: httpx.AsyncClient, message: MessageView, run_log: RunLog
) -> None:
    """Viewers who come while the run writes see each event once."""
    text = [b'{"type":"text.delta","part":"1","text":"%d"}' % number for number in range(150)]
    watching = [asyncio.create_task(read_all(http, path_of(message)))]
    expected: list[int] = []
    for number, event in enumerate([*text, EVENTS[-1]]):
        expected += await run_log.write(event)
        if number % 10 == 0:
            watching.append(asyncio.create_task(read_all(http, path_of(message))))
    results = await asyncio.gather(*watching)
    assert all(ids(stream) == expected for stream in results)
    assert len(set(results)) == 1


async def test_gaps_are_filled_from_the_log(
    start_gateway: StartGateway, message: MessageView, run_log: RunLog, alice: ApiKey
) -> None:
    """With room for one live frame, a burst drops most of them; the viewer still sees all."""
    async with start_gateway(viewer_bytes=1) as small:
        reading = asyncio.create_task(read_all(small.http, path_of(message), headers=auth(alice)))
        await wait_for_viewers(small, 1)
        text = [b'{"type":"text.delta","part":"1","text":"%d"}' % number for number in range(200)]
        expected = await run_log.write(*text, EVENTS[-1])
        assert ids(await reading) == expected


async def test_lost_live_events_are_found_after_a_silence(
    start_gateway: StartGateway,
    nats_client: Client,
    message: MessageView,
    run_log: RunLog,
    alice: ApiKey,
) -> None:
    """When no live event comes at all, the look into the log after a silence finds them."""
    js = nats_client.jetstream()
    config = next(stream for stream in streams.STREAMS if stream.name == subjects.RUNS)
    async with start_gateway(keep_alive=0.2) as deaf:
        await js.update_stream(config.evolve(republish=None))
        try:
            reading = asyncio.create_task(
                read_all(deaf.http, path_of(message), headers=auth(alice))
            )
            await wait_for_viewers(deaf, 1)
            expected = await run_log.write(*EVENTS)
            stream = await reading
        finally:
            await js.update_stream(config)
        assert ids(stream) == expected
        assert b": keep-alive\n\n" in stream


async def test_a_client_that_leaves_is_forgotten(
    running: Running, http: httpx.AsyncClient, message: MessageView, run_log: RunLog
) -> None:
    """Nothing is kept for a viewer whose connection is gone."""
    await run_log.write(*EVENTS[:2])
    async with http.stream("GET", path_of(message)) as response:
        await until(response, 2)
        assert len(running.gateway.hub) == 1
    await wait_for_viewers(running, 0)
    metrics = (await http.get("/metrics")).text
    assert "millstream_gateway_open_streams 0.0" in metrics


async def test_silence_is_filled_with_comments(
    start_gateway: StartGateway, message: MessageView, alice: ApiKey
) -> None:
    """Proxies close what is silent; a comment keeps the stream open."""
    async with (
        start_gateway(keep_alive=0.1) as gateway,
        gateway.http.stream("GET", path_of(message), headers=auth(alice)) as response,
        asyncio.timeout(5),
    ):
        chunks = response.aiter_raw()
        assert await anext(chunks) == b": keep-alive\n\n"
        assert await anext(chunks) == b": keep-alive\n\n"


async def test_a_complete_message_whose_log_is_gone_still_ends(
    store: FakeStore, http: httpx.AsyncClient, message: MessageView
) -> None:
    """Status, fragment and done are made from the stored message."""
    store.add_fragment("user-alice", message, {})
    store.change_message(message.id, status=MessageStatus.COMPLETE, type=MessageType.RESULT)
    stream = await read_all(http, path_of(message))
    assert ids(stream) == [0, 0, 0]
    kinds = [frame.split(b"\n")[1] for frame in frames(stream)]
    assert kinds == [b"event: status", b"event: fragment", b"event: done"]


async def test_a_run_that_was_given_up_ends_its_streams(
    store: FakeStore, http: httpx.AsyncClient, message: MessageView, run_log: RunLog
) -> None:
    """The store closed the message and no agent has it: `done` will come from nobody else."""
    seqs = await run_log.write(*EVENTS[:2])
    store.change_message(message.id, status=MessageStatus.COMPLETE, type=MessageType.ERROR)
    stream = await read_all(http, path_of(message))
    assert ids(stream) == [*seqs, seqs[-1], seqs[-1]]
    assert payload(frames(stream)[-1]).startswith(b'{"type":"done"')


async def test_nothing_follows_done(
    store: FakeStore, http: httpx.AsyncClient, message: MessageView, run_log: RunLog
) -> None:
    """Whoever has seen `done` gets 204, which stops an EventSource from coming back."""
    seqs = await run_log.write(*EVENTS)
    store.change_message(message.id, status=MessageStatus.COMPLETE, type=MessageType.RESULT)
    response = await http.get(path_of(message), headers={"last-event-id": str(seqs[-1])})
    assert response.status_code == 204


@pytest.mark.parametrize("cursor", ["-1", "1.5", "abc", "9" * 30, "1%00"])
async def test_a_cursor_that_is_none_is_refused(
    http: httpx.AsyncClient, message: MessageView, cursor: str
) -> None:
    """A client that lost its place hears so, instead of getting events from anywhere."""
    assert (await http.get(f"{path_of(message)}?after={cursor}")).status_code == 422
    if "%" not in cursor:
        response = await http.get(path_of(message), headers={"last-event-id": cursor})
        assert response.status_code == 422


@pytest.fixture
async def held(nats_client: Client, message: MessageView, running: Running) -> None:
    """The message is with an agent: its request is on the queue until the run's end was told."""
    subject = subjects.generation_requested(Lane.HIGH, "user-alice", message.id)
    await nats_client.jetstream().publish(subject, b"{}", stream=subjects.GENERATIONS)


@pytest.mark.usefixtures("held")
async def test_a_complete_message_whose_end_is_not_told_yet_is_followed_to_its_end(
    store: FakeStore, http: httpx.AsyncClient, message: MessageView, run_log: RunLog
) -> None:
    """The store commits before `done` is said: who comes back in between must not get 204."""
    seen = await run_log.write(*EVENTS[:-1])
    await store.complete(message.id, type=MessageType.RESULT)
    headers = {"last-event-id": str(seen[-1])}
    async with http.stream("GET", path_of(message), headers=headers) as response:
        assert response.status_code == 200
        await asyncio.sleep(0.3)  # time enough to make up an end
        (last,) = await run_log.write(EVENTS[-1])
        assert ids(await until(response, 1)) == [last]


async def test_viewers_in_line_hear_at_once_that_their_message_was_cancelled(
    store: FakeStore, http: httpx.AsyncClient, message: MessageView
) -> None:
    """No agent ever had it, so its log is empty: the store's public event ends the stream."""
    store.change_message(message.id, waiting=Waiting(reason="project_busy", ahead=1))
    async with http.stream("GET", path_of(message)) as response, asyncio.timeout(2):
        assert (await http.post(f"/api/messages/{message.id}/cancel")).status_code == 202
        kinds = [frame.split(b"\n")[1] for frame in frames(await response.aread())]
    assert kinds == [b"event: status", b"event: done"]


async def test_viewers_of_a_deleted_message_are_let_go(
    start_gateway: StartGateway, store: FakeStore, message: MessageView, alice: ApiKey
) -> None:
    """Nothing will come of it: the stream ends, and whoever asks again is told that it is gone."""
    path, headers = path_of(message), auth(alice)
    async with start_gateway(keep_alive=0.1) as running, asyncio.timeout(10):
        async with running.http.stream("GET", path, headers=headers) as response:
            assert response.status_code == 200
            del store.messages[message.id]
            await response.aread()
        assert (await running.http.get(path, headers=headers)).status_code == 404


async def test_a_message_in_line_is_watched_into_its_run(
    http: httpx.AsyncClient, store: FakeStore, message: MessageView, run_log: RunLog
) -> None:
    """The stream of a PENDING message stays open and begins when the run does."""
    store.change_message(message.id, waiting=Waiting(reason="user_busy", ahead=3))
    async with http.stream("GET", path_of(message)) as response:
        await run_log.write(*EVENTS)
        assert len(frames(await until(response, len(EVENTS)))) == len(EVENTS)


async def test_fifty_cuts_of_one_stream_lose_and_double_nothing(
    running: Running,
    start_gateway: StartGateway,
    message: MessageView,
    run_log: RunLog,
    alice: ApiKey,
) -> None:
    """What was received before each cut, joined, is the log; whichever replica it came from."""
    writing = asyncio.create_task(write_slowly(run_log, 600))
    got: list[bytes] = []
    async with start_gateway() as replica:  # it missed the beginning of the run
        for cut in range(51):
            after = ids(got[-1])[0] if got else 0
            path = f"{path_of(message)}?after={after}"
            http = (running, replica)[cut % 2].http
            if cut == 50:
                got += frames(await read_all(http, path, headers=auth(alice)))
                break
            async with http.stream("GET", path, headers=auth(alice)) as response:
                got += frames(await until(response, 5))
    assert ids(b"".join(got)) == await writing
    assert b"".join(got) == await read_all(running.http, path_of(message), headers=auth(alice))


async def write_slowly(run_log: RunLog, count: int) -> list[int]:
    """A run that takes about a second."""
    seqs: list[int] = []
    for number in range(count):
        seqs += await run_log.write(b'{"type":"text.delta","part":"1","text":"%d"}' % number)
        await asyncio.sleep(0.001)
    return seqs + await run_log.write(EVENTS[-1])
