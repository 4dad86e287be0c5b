"""What faults put where regular steps would be, and which answers they can strike."""

from dataclasses import dataclass

from millstream_simulator.answer import Answer
from millstream_simulator.catalogue import Fault
from millstream_simulator.conversation import Conversation
from millstream_simulator.steps import Arguments, Chunk, OpenCall, Regular


@dataclass(frozen=True)
class Garbled:
    """A step whose JSON breaks off."""

    step: Chunk
    tokens: int = 1


@dataclass(frozen=True)
class Misplaced:
    """A step of a later tool call, under the first one's index but with its own id."""

    step: OpenCall | Arguments
    tokens: int = 1


@dataclass(frozen=True)
class InBandError:
    """An error object where a chunk should be; the stream ends after it."""

    tokens: int = 0


@dataclass(frozen=True)
class Stall:
    """Silence until the limit, then a cut; with `comments`, keep-alive comments meanwhile."""

    comments: bool = False


@dataclass(frozen=True)
class Cut:
    """The connection breaks."""


Step = Regular | Garbled | Misplaced | InBandError | Stall | Cut

NEEDS_CALLS = {Fault.CUT_TOOL, Fault.TRUNCATED_ARGUMENTS, Fault.TRUNCATED_LENGTH, Fault.WRONG_TOOL}
SMALL_CONTEXT = 2_000
"""Tokens that `context-too-long` reads at most: an empty project fits, a long history does not."""


def can_strike(
    fault: Fault, conversation: Conversation, answer: Answer, prompt_tokens: int
) -> bool:
    """Whether the fault has anything to spoil; a wrong tool is only called on the first try."""
    match fault:
        case Fault.WRONG_TOOL if conversation.tried:
            return False
        case Fault.CONTEXT_TOO_LONG:
            return prompt_tokens > SMALL_CONTEXT
        case Fault.DUPLICATE_INDEX:
            return len(answer.calls) > 1
        case Fault.CUT_TEXT:
            return bool(answer.text)
    return fault not in NEEDS_CALLS or bool(answer.calls)
