"""One request's way: which model, what it says, how it fails, what it costs."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from millstream_simulator.answer import Answer, answer
from millstream_simulator.catalogue import Fault, Model, Speed, find_model
from millstream_simulator.conversation import Conversation, read_conversation
from millstream_simulator.errors import Refusal, unknown_model
from millstream_simulator.faults import Step, can_strike, refuse, spoil_answer, spoil_steps
from millstream_simulator.ledger import Ledger, Tally
from millstream_simulator.request import ChatRequest
from millstream_simulator.scenario import Scenario
from millstream_simulator.steps import perform
from millstream_simulator.tokens import count

# What a message costs beside its content, by the rule of thumb for chat models.
MESSAGE_TOKENS = 4


@dataclass(frozen=True)
class Performance:
    """An answer ready to be sent."""

    steps: Sequence[Step]
    speed: Speed
    digest: str
    tally: Tally


@dataclass(frozen=True)
class Simulator:
    """Answers requests from a library; its only state is the ledger."""

    library: Mapping[str, Scenario]
    speeds: Mapping[str, Speed]
    ledger: Ledger
    seed: int
    retry_after: int
    stall_after: int

    def respond(self, request: ChatRequest) -> Performance:
        """The answer to a request, or a Refusal."""
        model = find_model(request.model, self.speeds)
        if model is None:
            raise unknown_model(request.model)
        conversation = read_conversation(request)
        said = answer(conversation, self.library)
        fault = self._fault(model, request, conversation, said)
        tally = self.ledger.tally(model.name, conversation.role)
        tally.requests += 1
        try:
            refuse(fault, self.retry_after)
        except Refusal:
            tally.refused += 1
            raise
        prompt_tokens = estimate(request)
        tally.prompt_tokens += prompt_tokens
        regular = perform(spoil_answer(fault, said), request.limit, prompt_tokens)
        steps = spoil_steps(fault, regular, self.stall_after)
        return Performance(steps, model.speed, digest(request, self.seed), tally)

    def _fault(
        self, model: Model, request: ChatRequest, conversation: Conversation, said: Answer
    ) -> Fault | None:
        """The model's fault, if there is something to spoil and it has not had its share."""
        fault = model.fault
        if fault is None or not can_strike(fault, conversation, said):
            return None
        return fault if self.ledger.strikes(opening(request), model.first) else None


def estimate(request: ChatRequest) -> int:
    """The prompt's tokens: messages, their tool calls, and the tools on offer."""
    texts = [message.text for message in request.messages]
    calls = [call.function for message in request.messages for call in message.tool_calls or ()]
    texts += [text for function in calls for text in (function.name, function.arguments)]
    texts += [tool.model_dump_json() for tool in request.tools or ()]
    return sum(map(count, texts)) + MESSAGE_TOKENS * len(request.messages)


def digest(request: ChatRequest, seed: int) -> str:
    """The request's identity, in hex; whether it is streamed makes no difference."""
    return _hash(str(seed), request.model_dump_json(exclude={"stream", "stream_options"}))


def opening(request: ChatRequest) -> str:
    """The identity of a conversation's start: everything up to its first user message."""
    roles = [message.role for message in request.messages]
    end = roles.index("user") + 1 if "user" in roles else len(roles)
    start = (message.model_dump_json() for message in request.messages[:end])
    return _hash(request.model, str(request.seed), *start)


def _hash(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=20).hexdigest()
