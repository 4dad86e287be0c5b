"""Questions that are too long: remembered by offer, and made shorter until they fit."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from millstream_agent.core.context import shrink
from millstream_agent.core.gateway.offers import Offer
from millstream_agent.core.growing_reply import input_estimate
from millstream_agent.core.ports import ModelCall


@dataclass
class Windows:
    """Longest question, in tokens by our estimate, that an offer is thought to take."""

    _most: dict[str, int] = field(default_factory=dict, init=False)

    def fit(self, call: ModelCall, offer: Offer, most_output: int) -> ModelCall:
        """The call, shortened until the offer takes it or nothing can be left out."""
        window = offer.context_window
        # However long answers may be, half of the window is for the question.
        known = max(window - most_output, window // 2) if window else None
        limits = [limit for limit in (known, self._most.get(offer.name)) if limit is not None]
        while limits and input_estimate(call) > min(limits):
            shorter = shortened(call)
            if shorter is None:
                break
            call = shorter
        return call

    def refused(self, call: ModelCall, offer: Offer) -> None:
        """The offer said that the call is too long."""
        asked = input_estimate(call) - 1
        self._most[offer.name] = min(asked, self._most.get(offer.name, asked))


def shortened(call: ModelCall) -> ModelCall | None:
    """The call with less of what can be left out; None when there is nothing."""
    messages: Sequence[dict[str, object]] | None = shrink(call.messages)
    return None if messages is None else replace(call, messages=messages)
