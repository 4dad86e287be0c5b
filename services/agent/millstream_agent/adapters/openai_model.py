"""The model seam on the openai SDK: its client, auth and errors, but our own reading of the stream.

The SDK's typed chunks cost about five times the CPU of these lines, and it takes several broken
streams for good ones (a clean end without finish_reason, a cut close-delimited body). Here a reply
is complete only with a finish_reason; everything else raises ModelFailed.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
import openai
import structlog
from openai import AsyncOpenAI

from millstream_agent.adapters.stream_events import StreamFault, data_events
from millstream_agent.core.failures import ModelFailed, ModelRefused
from millstream_agent.core.growing_reply import GrowingReply
from millstream_agent.core.knobs import Sampling
from millstream_agent.core.ports import ModelCall, ModelReply
from millstream_agent.settings import ModelSettings
from millstream_shared.contracts.enums import Role

RETRYABLE = frozenset({408, 409, 425, 429})
SAMPLING = ("temperature", "frequency_penalty")
REFUSALS = {
    401: "does not accept this server's key",
    403: "does not allow this server the model",
    404: "does not know the model",
}

logger = structlog.get_logger()


class OpenAIModel:
    """One OpenAI-compatible endpoint."""

    def __init__(
        self, client: AsyncOpenAI, settings: ModelSettings, sampling: Mapping[Role, Sampling]
    ) -> None:
        self._client = client
        self._settings = settings
        self._sampling = sampling
        self._unsupported: defaultdict[str, set[str]] = defaultdict(set)
        """Sampling parameters that a model has turned down; it is not asked with them again."""

    @asynccontextmanager
    async def open(self, call: ModelCall) -> AsyncGenerator[AsyncIterator[ModelReply]]:
        """See `ports.Model`."""
        try:
            async with (
                asyncio.timeout(self._settings.call_seconds),
                AsyncExitStack() as stack,
            ):
                response = await self._connect(stack, call)
                yield self._read(call, response.iter_lines())
        except openai.APIStatusError as error:
            self._log(call, error)
            raise _from_status(error) from error
        except openai.APIConnectionError as error:
            raise ModelFailed("connection", str(error)) from error
        except openai.APIError as error:
            self._log(call, error)
            raise ModelFailed("provider_error", "the provider reported an error") from error
        except TimeoutError as error:
            raise ModelFailed("too_slow", f"over {self._settings.call_seconds:.0f} s") from error

    async def _read(self, call: ModelCall, lines: AsyncIterator[str]) -> AsyncIterator[ModelReply]:
        growing = GrowingReply(call)
        events = data_events(lines)
        patience = _Patience(self._settings)
        while (event := await _next(events, patience)) is not None:
            growing.add(event)
            if growing.has_content:
                patience.renew()
                yield growing.reply
        yield growing.whole()

    async def _connect(self, stack: AsyncExitStack, call: ModelCall) -> Any:
        """Sends the call; again without a sampling parameter that the model does not take."""
        while True:
            opening = self._client.chat.completions.with_streaming_response.create(
                **self._parameters(call)
            )
            try:
                return await stack.enter_async_context(opening)
            except openai.BadRequestError as error:
                unsupported = self._unsupported[self._settings.model_for(call.role)]
                refused = _sampling_parameters(error) - unsupported
                if not refused:
                    raise
                unsupported |= refused

    def _log(self, call: ModelCall, error: openai.APIError) -> None:
        """The provider's words are for the operator; some providers repeat the key in them."""
        words = error.message.replace(self._client.api_key, "***")
        logger.warning("model call failed", role=call.role, error=words[:500])

    def _parameters(self, call: ModelCall) -> dict[str, Any]:
        model = self._settings.model_for(call.role)
        sampling = self._sampling[call.role]
        chosen = {
            "temperature": sampling.temperature,
            "frequency_penalty": sampling.frequency_penalty,
            "tools": list(call.tools) or None,
        }
        for name in self._unsupported[model]:
            chosen.pop(name, None)
        return {
            "model": model,
            "messages": list(call.messages),
            "max_completion_tokens": self._settings.max_output_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
            **{name: value for name, value in chosen.items() if value is not None},
        }


class _Patience:
    """How long to wait: for the first content (keep-alives are none), then for each addition."""

    def __init__(self, settings: ModelSettings) -> None:
        self._idle = settings.idle_seconds
        self.failure = ModelFailed(
            "no_first_token", f"no content for {settings.first_token_seconds:.0f} s"
        )
        self.until = asyncio.get_running_loop().time() + settings.first_token_seconds

    def renew(self) -> None:
        self.failure = ModelFailed("stalled", f"nothing new for {self._idle:.0f} s")
        self.until = asyncio.get_running_loop().time() + self._idle


async def _next(events: AsyncIterator[dict[str, Any]], patience: _Patience) -> Any:
    """The next event; None at the end of the stream."""
    try:
        async with asyncio.timeout_at(patience.until):
            return await anext(events, None)
    except TimeoutError as error:
        raise patience.failure from error
    except StreamFault as fault:
        raise ModelFailed(fault.kind, str(fault)) from fault
    except (httpx2.HTTPError, OSError) as error:
        raise ModelFailed("cut", str(error)) from error


def _from_status(error: openai.APIStatusError) -> Exception:
    if error.status_code in RETRYABLE or error.status_code >= 500:
        status = f"the provider answered {error.status_code}"
        return ModelFailed(f"http_{error.status_code}", status, retry_after=_retry_after(error))
    what = REFUSALS.get(error.status_code, "did not take the request")
    return ModelRefused(
        "model_refused",
        f"The model provider {what}. Whoever runs this server finds the details in its log.",
    )


def _sampling_parameters(error: openai.BadRequestError) -> set[str]:
    """Which of ours the provider complains of, by field or, where it names none, in words."""
    return {name for name in SAMPLING if name == error.param or name in error.message}


def _retry_after(error: openai.APIStatusError) -> float | None:
    try:
        return max(0.0, float(error.response.headers["retry-after"]))
    except (KeyError, ValueError):
        return None
