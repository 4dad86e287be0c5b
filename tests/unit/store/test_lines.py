"""Lines: whose turn it is, and what those are told who wait."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from millstream_shared.contracts.enums import Lane
from millstream_shared.contracts.views import Waiting
from millstream_store.core.lines import Place, Turn, turns, waiting

projects = st.lists(st.sampled_from("abcd"), max_size=12)


def line(*places: str) -> list[Place]:
    """`a` waits in project a, `a*` is dispatched; ids are m0, m1 ..."""
    return [Place(f"m{n}", text[0], text.endswith("*")) for n, text in enumerate(places)]


def after_a_turn(places: list[Place], at_once: int) -> list[Place]:
    chosen = {turn.message_id for turn in turns(places, at_once)}
    return [replace(p, dispatched=p.dispatched or p.message_id in chosen) for p in places]


def test_the_first_goes_high_and_further_ones_low() -> None:
    """Oldest first, one a project, as many as may run at once."""
    assert list(turns(line("a", "a", "b", "c", "d"), 3)) == [
        Turn("m0", Lane.HIGH),
        Turn("m2", Lane.LOW),
        Turn("m3", Lane.LOW),
    ]


def test_who_runs_already_counts() -> None:
    """The limit is one of messages with the agents, and so is being the first one."""
    assert list(turns(line("a*", "b*", "c"), 2)) == []
    assert list(turns(line("a*", "b", "c"), 2)) == [Turn("m1", Lane.LOW)]


def test_a_busy_project_holds_up_only_its_own() -> None:
    """Its next message waits; another project's goes past it."""
    assert list(turns(line("a*", "a", "b"), 4)) == [Turn("m2", Lane.LOW)]


def test_an_earlier_message_that_waits_keeps_its_project_busy() -> None:
    """Nobody overtakes within a project, whatever was dispatched."""
    assert list(turns(line("a", "a*"), 4)) == [Turn("m0", Lane.LOW)]


def test_those_who_wait_are_told_why() -> None:
    """Unfinished messages of the project before it, or the user's waiting ones, one at least."""
    assert waiting(line("a*", "b*", "a", "c", "a", "d")) == {
        "m2": Waiting(reason="project_busy", ahead=1),
        "m3": Waiting(reason="user_busy", ahead=1),
        "m4": Waiting(reason="project_busy", ahead=2),
        "m5": Waiting(reason="user_busy", ahead=3),
    }


def test_the_first_to_wait_is_never_told_that_none_is_ahead() -> None:
    """What it waits for is a run of another project."""
    assert waiting(line("a*", "b")) == {"m1": Waiting(reason="user_busy", ahead=1)}


@given(projects, st.integers(1, 4))
def test_a_line_moves_until_nobody_is_left(asked: list[str], at_once: int) -> None:
    """Whatever was asked for: within bounds all the time, in order within a project, and to the
    end; whoever is with the agents is not told to wait."""
    places, started = line(*asked), []
    for _ in range(len(asked) + 1):
        before = {place.message_id for place in places if place.dispatched}
        places = after_a_turn(places, at_once)
        running = [place for place in places if place.dispatched]
        started += [place for place in running if place.message_id not in before]
        assert len(running) <= at_once
        assert len({place.project_id for place in running}) == len(running)
        assert set(waiting(places)).isdisjoint(place.message_id for place in running)
        assert bool(running) == bool(places)
        if running:
            places.remove(running[0])
    for project in set(asked):
        ids = [place.message_id for place in started if place.project_id == project]
        assert ids == [f"m{n}" for n, name in enumerate(asked) if name == project]
