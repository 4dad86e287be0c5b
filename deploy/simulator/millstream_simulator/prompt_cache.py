"""The provider's prompt cache: the beginning of a prompt that was read lately is read faster.

As providers document it: exact prefixes of 1,024 tokens and more, in steps of 128, for 5 minutes
after their last use. Prefixes end here where a message ends.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import accumulate

from millstream_simulator.prompt import Part

SMALLEST, STEP = 1_024, 128
LIFETIME = 300.0
CAPACITY = 20_000


class PromptCache:
    """Knows the prefixes each model has read lately, the latest CAPACITY of them."""

    def __init__(self, clock: Callable[[], float], capacity: int = CAPACITY) -> None:
        self._clock = clock
        self._capacity = capacity
        self._read_at: OrderedDict[tuple[str, str], float] = OrderedDict()

    def read(self, model: str, prompt: Sequence[Part]) -> int:
        """Read a prompt; how many of its tokens, from its beginning on, were still known."""
        now = self._clock()
        known = 0
        for part, tokens in zip(prompt, accumulate(part.tokens for part in prompt), strict=True):
            if now - self._read_at.get((model, part.prefix), -LIFETIME - 1) <= LIFETIME:
                known = tokens
            self._read_at[model, part.prefix] = now
            self._read_at.move_to_end((model, part.prefix))
        while len(self._read_at) > self._capacity:
            self._read_at.popitem(last=False)
        return known - (known - SMALLEST) % STEP if known >= SMALLEST else 0
