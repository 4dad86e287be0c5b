"""One provider, on the openai SDK: its client, auth and errors, but our own reading of the stream.

The SDK's typed chunks cost about five times the CPU of these lines, and it takes several broken
streams for good ones (a clean end without finish_reason, a cut close-delimited body). It never
retries by itself: the gateway decides what a failure means.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack
from typing import Any, Final

import httpx2
import openai
import structlog
from openai import AsyncOpenAI

from millstream_agent.adapters.gateway.refusals import failure_in_band, failure_of
from millstream_agent.adapters.gateway.stream_events import data_events
from millstream_agent.core.failures import ModelFailed
from millstream_agent.core.gateway.offers import Offer
from millstream_agent.core.knobs import Sampling
from millstream_agent.core.ports import ModelCall
from millstream_shared.contracts.enums import ErrorType, Role

SAMPLING: Final = ("temperature", "frequency_penalty")
logger = structlog.get_logger()

Chunks = AsyncGenerator[dict[str, Any]]


class Endpoint:
    """One OpenAI-compatible endpoint."""

    def __init__(
        self, client: AsyncOpenAI, sampling: Mapping[Role, Sampling], most_output: int
    ) -> None:
        """`most_output` is the longest answer, in tokens, of models without an own limit."""
        self._client = client
        self._sampling = sampling
        self._most_output = most_output
        self._unsupported: defaultdict[str, set[str]] = defaultdict(set)
        """Sampling parameters that a model has turned down; it is not asked with them again."""

    async def close(self) -> None:
        await self._client.close()

    def most_output(self, offer: Offer) -> int:
        return offer.max_output_tokens or self._most_output

    async def ask(self, stack: AsyncExitStack, call: ModelCall, offer: Offer) -> Chunks:
        """Sends the call; the answer's chunks, until `stack` is closed. Raises ModelFailed."""
        try:
            response = await self._connect(stack, call, offer)
        except openai.APIError as error:
            self._log(call, offer, error.message)
            raise failure_of(error) from error
        except (httpx2.HTTPError, OSError) as error:
            raise ModelFailed(ErrorType.UNREACHABLE, repr(error)) from error
        return data_events(response.iter_lines())

    async def _connect(self, stack: AsyncExitStack, call: ModelCall, offer: Offer) -> Any:
        """Sends the call; again without a sampling parameter that the model does not take."""
        while True:
            sent = self.parameters(call, offer)
            opening = self._client.chat.completions.with_streaming_response.create(**sent)
            try:
                return await stack.enter_async_context(opening)
            except openai.BadRequestError as error:
                # Other calls may have learnt it meanwhile: what counts is what this one sent.
                refused = _sampling_parameters(error) & sent.keys()
                if not refused:
                    raise
                self._unsupported[offer.model] |= refused

    def parameters(self, call: ModelCall, offer: Offer) -> dict[str, Any]:
        """All that is sent. The stable part comes first: providers reuse what they computed."""
        sampling = self._sampling[call.role]
        chosen = {
            "temperature": sampling.temperature,
            "frequency_penalty": sampling.frequency_penalty,
            "tools": list(call.tools) or None,
            "tool_choice": None if call.tools_allowed or not call.tools else "none",
        }
        for name in self._unsupported[offer.model]:
            chosen.pop(name, None)
        return {
            "model": offer.model,
            "messages": list(call.messages),
            "max_completion_tokens": self.most_output(offer),
            "stream": True,
            "stream_options": {"include_usage": True},
            **{name: value for name, value in chosen.items() if value is not None},
        }

    def failed_in_band(self, problem: object, call: ModelCall, offer: Offer) -> ModelFailed:
        """The failure that an `error` object in the stream means."""
        self._log(call, offer, str(problem)[:2_000])
        return failure_in_band(problem)

    def _log(self, call: ModelCall, offer: Offer, words: str) -> None:
        """The provider's words are for the operator; some providers repeat the key in them."""
        shown = words.replace(self._client.api_key, "***")[:500]
        logger.warning("model call failed", role=call.role, offer=offer.name, error=shown)


async def next_chunk(chunks: Chunks, until: float) -> dict[str, Any] | None:
    """The next chunk; None at the end. Raises ModelFailed, or TimeoutError at `until`."""
    try:
        async with asyncio.timeout_at(until):
            return await anext(chunks, None)
    except (httpx2.HTTPError, openai.APIError) as error:
        raise ModelFailed(ErrorType.CUT, repr(error)) from error
    except TimeoutError:
        raise
    except OSError as error:
        raise ModelFailed(ErrorType.CUT, repr(error)) from error


def _sampling_parameters(error: openai.BadRequestError) -> set[str]:
    """Which of ours the provider complains of, by field or, where it names none, in words."""
    if error.param:
        return {name for name in SAMPLING if name == error.param}
    return {name for name in SAMPLING if name in error.message}
