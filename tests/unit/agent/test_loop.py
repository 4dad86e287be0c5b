"""The agent loop keeps itself tidy: no call twice for nothing, no endless polishing."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from millstream_agent.core.calling import Caller
from millstream_agent.core.conversation import ToolCall, system, user
from millstream_agent.core.elision import placeholder
from millstream_agent.core.gateway.ledger import Ledger
from millstream_agent.core.loop import ENOUGH, IDLE_TURNS, LAST_TURN, AgentLoop
from millstream_agent.core.ports import ModelReply
from millstream_agent.core.toolbox import Toolbox
from millstream_agent.core.tree import FileTree
from millstream_shared.contracts.enums import Framework, Role
from tests.fakes.agent import FakeWorkshop, MemoryJournal, RecordingVoice, ScriptedModel, says

DONE = says("<task_summary>Built it.</task_summary>")


def call(name: str, number: int, **arguments: object) -> ToolCall:
    return ToolCall(f"c{number}", name, json.dumps(arguments))


def write(number: int, content: str, path: str = "src/App.tsx") -> ModelReply:
    files = [{"path": path, "content": content}]
    return says("I write.", call("createOrUpdateFiles", number, files=files))


def read(number: int, *paths: str) -> ModelReply:
    return says("I look.", call("readFiles", number, paths=paths or ("src/App.tsx",)))


def run(number: int, command: str = "ls") -> ModelReply:
    return says("I look.", call("terminal", number, command=command))


class Work:
    """One code step over a script; `results` are what the model was told of its calls."""

    def __init__(
        self, *replies: ModelReply, most_tokens: int | None = 10_000, iterations: int = 8
    ) -> None:
        self.model, self.voice = ScriptedModel({Role.CODE: list(replies)}), RecordingVoice()
        self.workshop, journal = FakeWorkshop(), MemoryJournal()
        caller = Caller(self.model, self.voice, journal, lambda: 0.0, Ledger("m", 1))
        tree = FileTree({"src/App.tsx": "start", "src/other.ts": "other"})
        toolbox = Toolbox(tree, Framework.REACT, self.voice, self.workshop)
        opening = [system("You are the code agent."), user("<request>Do it</request>")]
        self.loop = AgentLoop(
            Role.CODE,
            caller,
            journal,
            toolbox,
            opening,
            iterations,
            most_tokens=most_tokens,
        )

    async def done(self) -> "Work":
        await self.loop.work()
        return self

    @property
    def results(self) -> list[str]:
        return [m["content"] for m in self.loop.messages if m["role"] == "tool"]


async def test_a_command_is_not_run_again_while_nothing_has_changed() -> None:
    """After a change it is."""
    work = await Work(run(1), run(2), write(3, "new"), run(4), DONE).done()
    assert "already" not in work.results[0]
    assert "already run" in work.results[1]
    assert "already" not in work.results[3]


@pytest.mark.parametrize("again", [read(2), read(2, "./src/App.tsx")])
async def test_a_file_that_was_shown_is_not_shown_again(again: ModelReply) -> None:
    """The model is told so; another file, or the same one with another text, is."""
    work = await Work(read(1), again, read(3, "src/other.ts"), write(4, "new"), DONE).done()
    assert "already have the text" in work.results[1]
    assert "other" in work.results[2]


async def test_what_the_model_wrote_itself_it_need_not_read() -> None:
    """It is in the conversation."""
    work = await Work(write(1, "mine"), read(2), DONE).done()
    assert "already have the text" in work.results[1]


async def test_writing_the_same_again_is_said_to_change_nothing() -> None:
    """It is applied all the same: viewers have seen it arrive."""
    work = await Work(write(1, "mine"), write(2, "mine"), DONE).done()
    assert "already had exactly this text" in work.results[1]


async def test_a_model_that_only_repeats_itself_is_asked_to_end() -> None:
    """After some such turns in a row it gets no tools any more."""
    polishing = [run(n) for n in range(2, 2 + IDLE_TURNS)]
    work = await Work(run(1), *polishing, DONE).done()
    *before, last = work.model.asked
    assert all(question.tools_allowed for question in before)
    assert not last.tools_allowed
    assert last.tools, "the conversation has calls of them"
    assert last.messages[-1] == user(ENOUGH)
    assert work.loop.summary == "Built it."


@pytest.mark.parametrize("stubborn", [run(9), says("All is fine.")])
async def test_a_model_that_does_not_end_when_asked_to_is_not_asked_again(
    stubborn: ModelReply,
) -> None:
    """Neither for more calls nor for more words."""
    polishing = [run(n) for n in range(2, 2 + IDLE_TURNS)]
    work = await Work(run(1), *polishing, stubborn, DONE).done()
    assert len(work.model.asked) == 2 + IDLE_TURNS
    assert work.loop.summary is None


async def test_an_edit_that_failed_is_not_tried_again_unchanged() -> None:
    """Until something has changed."""
    edit = {"path": "src/App.tsx", "edits": [{"search": "absent", "replace": "x"}]}
    tries = [says("", call("editFile", n, **edit)) for n in range(3)]
    work = await Work(tries[0], tries[1], write(7, "absent"), tries[2], DONE).done()
    assert "already tried" in work.results[1]
    assert work.results[3].startswith("Applied")


async def test_arguments_that_were_cut_are_not_sent_back() -> None:
    """They are no JSON: providers refuse a conversation with them in it, every time."""
    cut = ToolCall("c0", "createOrUpdateFiles", '{"files": [{"path": "src/App.tsx", "cont')
    work = await Work(says("", cut, finish="length"), write(1, "whole"), DONE).done()
    sent = work.model.asked[-1].messages[2]
    assert sent["tool_calls"][0]["function"]["arguments"] == "{}"
    assert "NOT applied" in work.results[0]


async def test_after_a_question_that_was_too_long_files_can_be_read_again() -> None:
    """Their texts may have been left out of it."""
    shortened = replace(run(2), shortened=True)
    work = await Work(read(1), shortened, read(3), DONE).done()
    assert "already" not in work.results[2]


async def test_the_last_turn_is_announced() -> None:
    """So that the work ends with a summary and not in the middle."""
    work = await Work(write(1, "a"), write(2, "b"), DONE, iterations=3).done()
    assert work.model.asked[-1].messages[-1] == user(LAST_TURN)
    assert all(user(LAST_TURN) not in question.messages for question in work.model.asked[:-1])


async def test_a_long_conversation_leaves_old_contents_out_and_can_read_them_again() -> None:
    """In one go, so that the part which providers keep changes seldom."""
    long = "const x = 1;\n" * 100
    replies = [write(n, f"{long}// {n}", f"src/{n}.ts") for n in range(5)]
    work = await Work(*replies, read(9, "src/0.ts"), DONE, most_tokens=3_000).done()
    asked = [json.dumps([*question.messages]) for question in work.model.asked]
    assert "left out here" not in asked[2]
    assert "left out here" in asked[-1]
    assert long.splitlines()[0] in work.results[-1]
    beginnings = [question.messages[:3] for question in work.model.asked[1:]]
    assert sum(one != other for one, other in pairwise(beginnings)) == 1


async def test_a_placeholder_is_no_content() -> None:
    """A model that copies it gets an error that says what to do."""
    work = await Work(write(1, placeholder("x" * 500)), DONE).done()
    assert "send the whole text" in work.results[0]
    assert work.loop.toolbox.tree.files["src/App.tsx"] == "start"


async def test_the_baseline_does_none_of_this() -> None:
    """As the seed's system was: every call is carried out."""
    work = await Work(run(1), run(2), read(3), read(4), DONE, most_tokens=None).done()
    assert not any("already" in result for result in work.results)
