"""The agent's small pure parts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millstream_agent.core.edits import Edit, apply_edits
from millstream_agent.core.file_stream import FileStream
from millstream_agent.core.framework import named_in, read_answer
from millstream_agent.core.knobs import BASELINE, OPTIMIZED, knobs_of
from millstream_agent.core.summary import CLOSE, OPEN, VisibleText, find_summary
from millstream_agent.core.tree import FileTree, Refusal
from millstream_agent.settings import AgentSettings
from millstream_shared.contracts.enums import Framework, Role
from millstream_shared.runtime.settings import Profile


@pytest.mark.parametrize(
    ("prompt", "framework"),
    [
        ("Build a shop in Next.js", Framework.NEXTJS),
        ("a nextjs react dashboard", Framework.NEXTJS),
        ("Use SvelteKit please", Framework.SVELTE),
        ("an Angular form", Framework.ANGULAR),
        ("vue.js, not React", Framework.VUE),
        ("Please don't use Angular, build it in Vue", Framework.VUE),
        ("a timer in ReactJS", Framework.REACT),
        ("a React Native app", None),
        ("a chart of angular velocity", None),
        ("a svelte, elegant portfolio", None),
        ("a point de vue gallery", None),
        ("a chemistry game about reactions", None),
        ("Build a kanban board", None),
    ],
)
def test_explicit_words_name_the_framework(prompt: str, framework: Framework | None) -> None:
    """What is turned down does not count; Next.js includes React."""
    assert named_in(prompt) is framework


def test_an_unclear_selector_is_not_guessed_at() -> None:
    """Two names, or one that is not offered, is no answer."""
    offered = {Framework.REACT, Framework.VUE}
    assert read_answer("React.", offered) is Framework.REACT
    assert read_answer("react or vue", offered) is None
    assert read_answer("svelte", offered) is None


def test_the_seeds_figures() -> None:
    """The two profiles are the seed document's before and after."""
    assert (OPTIMIZED.max_iterations, BASELINE.max_iterations) == (8, 15)
    assert (OPTIMIZED.context_messages, BASELINE.context_messages) == (3, 5)
    temperatures = {role: sampling.temperature for role, sampling in OPTIMIZED.sampling.items()}
    assert temperatures == {
        Role.SELECTOR: 0.3,
        Role.CODE: 0.7,
        Role.FIX: 0.5,
        Role.TITLE: 0.3,
        Role.RESPONSE: 0.3,
    }
    penalised = {role for role, each in OPTIMIZED.sampling.items() if each.frequency_penalty == 0.5}
    assert penalised == {Role.CODE, Role.FIX}
    assert all(each.frequency_penalty is None for each in BASELINE.sampling.values())
    assert BASELINE.sampling[Role.CODE].temperature == 0.9
    assert not BASELINE.parallel_checks


def test_each_knob_can_be_set_alone() -> None:
    """An override leaves all the rest of the profile as it is."""
    settings = AgentSettings(max_iterations=3, temperature={Role.CODE: 0.1})
    knobs = knobs_of(Profile.BASELINE, settings)
    assert knobs.max_iterations == 3
    assert knobs.sampling[Role.CODE].temperature == 0.1
    assert knobs.sampling[Role.FIX] == BASELINE.sampling[Role.FIX]
    assert knobs.context_messages == BASELINE.context_messages


@given(st.text(alphabet="<task_sumry>/ ab"), st.text(alphabet="x<t\n"), st.data())
def test_the_summary_never_shows_however_it_is_cut(
    before: str, inside: str, data: st.DataObject
) -> None:
    """Streaming in any pieces shows exactly the text outside the tags."""
    if OPEN in before or any(before.endswith(OPEN[:n]) for n in range(1, len(OPEN))):
        return
    whole = f"{before}{OPEN}{inside}{CLOSE}after"
    visible, shown, rest = VisibleText(), "", whole
    while rest:
        length = data.draw(st.integers(1, len(rest)))
        shown += visible.feed(rest[:length])
        rest = rest[length:]
    assert shown + visible.end() == before + "after"


def test_half_a_tag_at_the_end_is_text_after_all() -> None:
    """Nothing is lost when what looked like a tag was none."""
    visible = VisibleText()
    assert visible.feed("a <task_") == "a "
    assert visible.end() == "<task_"


def test_a_summary_may_lack_its_end() -> None:
    """A model that stops right after its summary has still given one."""
    assert find_summary("x <task_summary> Built. ") == "Built."
    assert find_summary("no summary") is None


@given(st.lists(st.tuples(st.from_regex(r"[a-z]{1,8}\.ts", fullmatch=True), st.text()), max_size=3))
def test_files_stream_losslessly_whatever_they_hold(files: list[tuple[str, str]]) -> None:
    """Looking after every character gives the same content as the whole call."""
    sent = [{"path": path, "content": content} for path, content in files]
    arguments = json.dumps({"files": sent})
    stream, seen, started = FileStream(), [""] * len(files), 0
    for length in range(len(arguments) + 1):
        for growth in stream.advance(arguments[:length]):
            started += growth.started
            seen[started - 1] += growth.text
    assert seen == [content for _, content in files]
    assert stream.paths == [path for path, _ in files]


def test_unreadable_arguments_add_nothing() -> None:
    """A model that writes no JSON does not stop the stream."""
    assert FileStream().advance("{]") == []


def test_an_edit_applies_exactly_once_or_says_why() -> None:
    """None is silently lost (user pain 12)."""
    assert apply_edits("a", "one two", [Edit("two", "three"), Edit("three", "four")]) == "one four"
    with pytest.raises(Refusal, match="does not occur"):
        apply_edits("a", "one", [Edit("two", "x")])
    with pytest.raises(Refusal, match="occurs 2 times"):
        apply_edits("a", "one one", [Edit("one", "x")])


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../b", "node_modules/x", "", "a\0b"])
def test_paths_stay_inside_the_project(path: str) -> None:
    """A path that leads elsewhere is refused with words for the model."""
    with pytest.raises(Refusal):
        FileTree({}).write(path, "x")


def test_a_project_stays_small_enough_to_travel() -> None:
    """By many writes or by one command: too much is refused, and the tree stays as it was."""
    page = "x" * 399_999
    tree = FileTree({f"{number}.txt": page for number in range(7)})
    with pytest.raises(Refusal, match="write less data"):
        tree.write("more.txt", page)
    with pytest.raises(Refusal, match="write less data"):
        tree.merge({"more.txt": page}, ())
    with pytest.raises(Refusal, match="files"):
        tree.merge({f"{number}.json": "" for number in range(200)}, ())


def test_managed_files_cannot_be_written() -> None:
    """A model cannot talk its way past the linter by rewriting its configuration."""
    tree = FileTree({"eslint.config.js": "strict"}, frozenset({"eslint.config.js"}))
    with pytest.raises(Refusal, match="managed"):
        tree.write("./eslint.config.js", "off")
    assert tree.merge({"eslint.config.js": "off"}, ("eslint.config.js",)).files == tree.files
