"""One request's way: which model, what it says, how it fails, what it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from millstream_simulator.answer import Answer, answer
from millstream_simulator.catalogue import Fault, Model, Speed, find_model
from millstream_simulator.connection import OPENINGS, Opening
from millstream_simulator.conversation import Conversation, read_conversation
from millstream_simulator.errors import unknown_model
from millstream_simulator.faults import Step, can_strike
from millstream_simulator.ledger import Ledger, Tally
from millstream_simulator.prompt import hash_of, read_prompt
from millstream_simulator.prompt_cache import PromptCache
from millstream_simulator.refusals import refusal_of
from millstream_simulator.request import ChatRequest
from millstream_simulator.scenario import Scenario
from millstream_simulator.spoiling import spoil_answer, spoil_steps
from millstream_simulator.steps import perform


@dataclass(frozen=True)
class Performance:
    """An answer ready to be sent; `prefill` is how long reading the prompt takes, in seconds."""

    steps: Sequence[Step]
    speed: Speed
    prefill: float
    opening: Opening
    digest: str
    tally: Tally


@dataclass(frozen=True)
class Simulator:
    """Answers requests from a library; its only state is the ledger and the prompt cache."""

    library: Mapping[str, Scenario]
    speeds: Mapping[str, Speed]
    ledger: Ledger
    cache: PromptCache
    seed: int
    retry_after: int
    stall_after: int

    def respond(self, request: ChatRequest) -> Performance:
        """The answer to a request, or a Refusal."""
        model = find_model(request.model, self.speeds)
        if model is None:
            raise unknown_model(request.model)
        prompt = read_prompt(request)
        prompt_tokens = sum(part.tokens for part in prompt)
        conversation = read_conversation(request)
        said = answer(conversation, self.library)
        tally = self.ledger.tally(model.name, conversation.role)
        tally.requests += 1
        fault = self._fault(model, request, conversation, said, prompt_tokens)
        if refusal := refusal_of(fault, prompt_tokens, self.retry_after):
            tally.refused += 1
            raise refusal
        cached = self.cache.read(model.name, prompt)
        tally.prompt_tokens += prompt_tokens
        tally.cached_tokens += cached
        regular = perform(spoil_answer(fault, said), request.limit, prompt_tokens, cached)
        return Performance(
            steps=spoil_steps(fault, regular, self.stall_after),
            speed=_speed(model, fault),
            prefill=model.speed.prefill_seconds(prompt_tokens, cached),
            opening=OPENINGS.get(fault, Opening.REGULAR) if fault else Opening.REGULAR,
            digest=digest(request, self.seed),
            tally=tally,
        )

    def _fault(
        self,
        model: Model,
        request: ChatRequest,
        conversation: Conversation,
        said: Answer,
        prompt_tokens: int,
    ) -> Fault | None:
        """The model's fault, if there is something to spoil and it has not had its share."""
        fault = model.fault
        if fault is None or not can_strike(fault, conversation, said, prompt_tokens):
            return None
        if fault is Fault.FLAPPING and not self.ledger.is_second(model.name):
            return None
        return fault if self.ledger.strikes(opening(request), model.first) else None


def digest(request: ChatRequest, seed: int) -> str:
    """The request's identity, in hex; whether it is streamed makes no difference."""
    return hash_of(str(seed), request.model_dump_json(exclude={"stream", "stream_options"}))


def opening(request: ChatRequest) -> str:
    """The identity of a conversation's start: everything up to its first user message."""
    roles = [message.role for message in request.messages]
    end = roles.index("user") + 1 if "user" in roles else len(roles)
    start = (message.model_dump_json() for message in request.messages[:end])
    return hash_of(request.model, str(request.seed), *start)


def _speed(model: Model, fault: Fault | None) -> Speed:
    """The model's own; only `huge` writes as fast as the connection takes it."""
    return model.speed.model_copy(update={"per_second": 0}) if fault is Fault.HUGE else model.speed
