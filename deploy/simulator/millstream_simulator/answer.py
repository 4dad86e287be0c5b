"""What the model says: from a conversation and the library to an answer, by nothing else."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from millstream_simulator.conversation import Conversation, Role
from millstream_simulator.filling import for_code, for_prose
from millstream_simulator.library import FALLBACK
from millstream_simulator.matching import match_scenario
from millstream_simulator.scenario import Call, EditFile, ReadFiles, RunCommand, Scenario
from millstream_simulator.selection import select_framework
from millstream_simulator.turns import due_turn

CHAT = (
    "Hello! I am a simulated model: my answers are written in advance. "
    "Ask me to build an app and I will show you one."
)


@dataclass(frozen=True)
class CallAnswer:
    """A function's name and its arguments as JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True)
class Answer:
    """Prose, then calls."""

    text: str
    calls: tuple[CallAnswer, ...] = ()


Fill = Callable[[str], str]


def answer(conversation: Conversation, library: Mapping[str, Scenario]) -> Answer:
    """The answer to a conversation."""
    if conversation.role is Role.CHAT:
        return Answer(CHAT)
    scenario = match_scenario(library, conversation.prompt)
    prose, code = _fills(scenario, conversation.prompt)
    match conversation.role:
        case Role.SELECTOR:
            system, usual = conversation.system, scenario.framework
            return Answer(select_framework(conversation.prompt, system, usual))
        case Role.TITLE:
            return Answer(prose(scenario.title))
        case Role.RESPONSE:
            return Answer(prose(scenario.response))
    turn = due_turn(scenario, conversation)
    calls = (call for call in turn.calls if call.tool in conversation.declared)
    return Answer(prose(turn.text), tuple(_call(call, scenario.texts, code) for call in calls))


def _fills(scenario: Scenario, prompt: str) -> tuple[Fill, Fill]:
    """How prose and code are filled in; only the fallback has placeholders."""
    if scenario.slug != FALLBACK:
        return str, str
    return for_prose(prompt).fill, for_code(prompt).fill


def _call(call: Call, texts: Mapping[str, str], fill: Fill) -> CallAnswer:
    arguments = _arguments(call, texts, fill)
    return CallAnswer(call.tool, json.dumps(arguments, ensure_ascii=False, separators=(",", ":")))


def _arguments(call: Call, texts: Mapping[str, str], fill: Fill) -> dict[str, object]:
    match call:
        case ReadFiles():
            return {"paths": call.paths}
        case RunCommand():
            return {"command": call.command}
        case EditFile():
            edits = [{"search": fill(e.search), "replace": fill(e.replace)} for e in call.edits]
            return {"path": call.path, "edits": edits}
    written = ((path, fill(texts[source])) for path, source in call.files.items())
    return {"files": [{"path": path, "content": content} for path, content in written]}
