"""Which turn of a scenario is due, by what the conversation shows and by nothing else."""

from collections.abc import Iterable

from millstream_simulator.conversation import Conversation, Role
from millstream_simulator.scenario import Call, ReadFiles, Scenario, Turn

NO_REPAIR = Turn(
    text="I looked at the reported problems and changed nothing, as I know no repair for them.\n\n"
    "<task_summary>\nNo file was changed; the reported problems remain.\n</task_summary>"
)


def due_turn(scenario: Scenario, conversation: Conversation) -> Turn:
    """The turn that is due. The last one, a summary, is repeated, and due at once without tools."""
    fixing = conversation.role is Role.FIX
    turns = scenario.fix or (NO_REPAIR,) if fixing else scenario.code
    *work, summary = _needed(turns, conversation.shown)
    over = conversation.turn - len(work)
    if over < 0:
        return work[conversation.turn] if conversation.declared else summary
    if fixing or not scenario.polish or conversation.told_to_end:
        return summary
    return scenario.polish[over % len(scenario.polish)]


def _needed(turns: Iterable[Turn], shown: frozenset[str]) -> list[Turn]:
    """The turns without reading what was shown; one that did nothing else is left out."""
    needed = [(turn, [call for call in turn.calls if _tells(call, shown)]) for turn in turns]
    return [
        turn.model_copy(update={"calls": tuple(calls)})
        for turn, calls in needed
        if calls or not turn.calls
    ]


def _tells(call: Call, shown: frozenset[str]) -> bool:
    if isinstance(call, ReadFiles) and call.unless_shown:
        return not shown.issuperset(call.paths)
    return True
